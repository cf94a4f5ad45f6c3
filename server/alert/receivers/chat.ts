import type { Delivery } from '../../model/alert.ts';
import type { HttpOptions, ReceiverKind } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { messageOf, type Message } from './message.ts';
import { createSender, postOptionsOf, type PostOptions, type PostRequest } from './post.ts';
import { createTemplate } from './template.ts';

/** What is particular to a service that people read messages in. */
export interface ChatService {
  readonly kind: ReceiverKind;
  /** Makes a value in a receiver's own template harmless. */
  escape(text: string): string;
  /** Whether the text that such a template gave can be sent; by default it is cut to what can. */
  takes?(text: string): boolean;
  /** `text`: what a template gave in place of the sentences. Rejects where a secret cannot be read. */
  request(message: Message, text: string | null): Promise<PostRequest>;
  readonly complaintOf?: PostOptions['complaintOf'];
}

export type ChatConfig = HttpOptions & { readonly message?: string; readonly sendResolved: boolean };

/**
 * Sends a message that people read. No alert is lost by a template: where it fails, or the service does not take what it gave,
 * the default message is sent and the log says why. Throws where the template is none.
 */
export function createChat(
  name: string,
  config: ChatConfig,
  service: ChatService,
  clock: Clock,
  log: Log,
): Receiver {
  const { kind, complaintOf } = service;
  const sender = createSender({ ...postOptionsOf(config, clock), ...(complaintOf && { complaintOf }) });
  const template =
    config.message === undefined ? null : createTemplate(config.message, (text) => service.escape(text));
  const blame = (reason: string) => {
    log.warn({ receiver: name, kind, reason }, "the receiver's template failed, its default message is sent");
  };

  async function post(message: Message, text: string | null, signal: AbortSignal): Promise<Delivery> {
    let request: PostRequest;
    try {
      request = await service.request(message, text);
    } catch (err) {
      return { outcome: 'retry', reason: (err as Error).message };
    }
    return sender.send(request, signal);
  }

  return {
    name,
    kind,
    sendResolved: config.sendResolved,
    async send(notification, signal) {
      const message = messageOf(notification);
      let text: string | null = null;
      if (template) {
        try {
          const given = template.render(notification);
          const own = message.isTest ? `${service.escape(message.title)}\n${given}` : given;
          if (service.takes?.(own) === false) blame('it gives more than the service takes');
          else text = own;
        } catch (err) {
          blame((err as Error).message);
        }
      }
      const delivery = await post(message, text, signal);
      if (text === null || delivery.outcome !== 'refused' || !isAboutContent(delivery)) return delivery;
      blame(delivery.reason);
      return post(message, null, signal);
    },
    close: () => sender.close(),
  };
}

/** Refused for what it says, and not for who says it: 400, or an error in an answer of 200. */
function isAboutContent({ exchange }: Delivery): boolean {
  return exchange?.status === 400 || exchange?.status === 200;
}
