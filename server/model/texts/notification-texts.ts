import type { Language } from '../alert.ts';
import { notificationEn } from './notification.en.ts';
import type { NotificationTexts } from './notification.ts';
import { notificationZhCn } from './notification.zh-cn.ts';

export const NOTIFICATION_TEXTS: Readonly<Record<Language, NotificationTexts>> = {
  en: notificationEn,
  'zh-CN': notificationZhCn,
};
