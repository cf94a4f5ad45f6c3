import type { HushedAlert } from '../../../server/model/alert-api.ts';

/** Something is to be done about an alert. */
export type Deal = (action: 'silence' | 'acknowledge' | 'withdraw', alert: HushedAlert) => void;
