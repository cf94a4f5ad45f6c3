import { formatEndpoint } from '../model/address.ts';
import type { Language } from '../model/alert.ts';
import type { FindingsAnswer } from '../model/api.ts';
import { printable } from '../model/printable.ts';
import { FINDING_TEXTS } from '../model/texts/describe.ts';
import { TERMINAL_TEXTS } from '../model/texts/terminal-texts.ts';
import type { TerminalTexts } from '../model/texts/terminal.ts';
import { evidenceTexts } from './evidence.ts';
import type { Paint } from './paint.ts';
import { displayWidth, padEnd, wrap } from './width.ts';

export type DescribedFinding = FindingsAnswer['findings'][number];

const EXAMPLES = 3;
const CONSEQUENCE_INDENT = 4;
/** Longer than any sentence here; what is longer is not from here. */
const MAX_TEXT_LENGTH = 4000;

/** Lays text out in lines of at most `width` columns. */
export class ReportWriter {
  text = '';
  readonly #width: number;
  readonly #paint: Paint;
  readonly #language: Language;
  readonly #texts: TerminalTexts;

  constructor(width: number, paint: Paint, language: Language) {
    this.#width = width;
    this.#paint = paint;
    this.#language = language;
    this.#texts = TERMINAL_TEXTS[language];
  }

  gap(): void {
    this.text += '\n';
  }

  paragraph(text: string, style: 'strong' | 'faint' | 'plain' = 'plain', indent = 0): void {
    for (const line of this.#wrapped(text, indent)) {
      this.#line(indent, style === 'plain' ? line : this.#paint[style](line));
    }
  }

  list(title: string, items: readonly string[]): void {
    if (items.length === 0) return;
    this.gap();
    this.paragraph(title, 'strong');
    for (const item of items) this.#hanging('- ', 2, item);
  }

  finding(finding: DescribedFinding): void {
    this.#title(finding, 0);
    const texts = this.#texts;
    const { fields } = texts;
    const { format, evidence } = FINDING_TEXTS[this.#language];
    this.#field(fields.process, this.#processOf(finding));
    this.#field(fields.why, finding.explanation);
    this.#field(
      fields.evidence,
      evidenceTexts(finding.evidence, evidence, format, texts).join(texts.separator),
    );
    this.#field(fields.certainty, texts.certainty[finding.certainty]);
    this.#named(
      fields.sockets,
      this.#examplesOf(finding).flatMap((text) => this.#besideName(text)),
    );
    this.#field(fields.advice, finding.advice);
    // Not wrapped: it is there to be copied.
    if (finding.command !== null) this.#named(fields.command, [safe(finding.command)]);
  }

  consequence(finding: DescribedFinding): void {
    this.#title(finding, CONSEQUENCE_INDENT);
  }

  #title({ severity, title }: DescribedFinding, indent: number): void {
    const word = FINDING_TEXTS[this.#language].severities[severity].toUpperCase();
    const [first = '', ...more] = wrap(safe(title), this.#width - indent - displayWidth(word) - 2);
    const margin = indent + displayWidth(word) + 2;
    this.#line(indent, `${this.#paint.severity(word, severity)}  ${this.#paint.strong(first)}`);
    for (const line of more) this.#line(margin, this.#paint.strong(line));
  }

  #processOf({ labels, evidence }: DescribedFinding): string {
    const name = labels['process'] ?? evidence['process'];
    const pid = labels['pid'] ?? evidence['pid'];
    if (typeof name !== 'string' || pid === undefined || pid === null) return '';
    const { unit, container } = evidence;
    return [name, this.#texts.pid(String(pid)), unit, container, labels['netns']]
      .filter((part) => typeof part === 'string')
      .join(this.#texts.separator);
  }

  #examplesOf({ examples, count }: DescribedFinding): string[] {
    const texts = this.#texts;
    const { format } = FINDING_TEXTS[this.#language];
    const shown = examples.slice(0, EXAMPLES).map((example) => {
      const { local, remote, ageSeconds } = example;
      const [from, to] = [local, remote].map(({ address, port }) => formatEndpoint(address, port));
      return texts.example(example, from ?? '', to ?? '', format.duration(ageSeconds));
    });
    const more = count - shown.length;
    return shown.length > 0 && more > 0 ? [...shown, texts.more(format.number(more))] : shown;
  }

  #field(name: string, text: string): void {
    this.#named(name, this.#besideName(text));
  }

  #besideName(text: string): string[] {
    return wrap(safe(text), this.#width - this.#fieldColumn());
  }

  #named(name: string, [first = '', ...more]: readonly string[]): void {
    if (first === '') return;
    const column = this.#fieldColumn();
    this.#line(2, this.#paint.faint(padEnd(name, column - 2)) + first);
    for (const line of more) this.#line(column, line);
  }

  /** Where the text beside the names of fields begins. */
  #fieldColumn(): number {
    return 4 + Math.max(...Object.values(this.#texts.fields).map(displayWidth));
  }

  #hanging(bullet: string, indent: number, text: string): void {
    const margin = indent + displayWidth(bullet);
    const [first = '', ...more] = this.#wrapped(text, margin);
    this.#line(indent, bullet + first);
    for (const line of more) this.#line(margin, line);
  }

  #wrapped(text: string, indent: number): string[] {
    return wrap(safe(text), this.#width - indent);
  }

  #line(indent: number, text: string): void {
    this.text += `${' '.repeat(indent)}${text}\n`;
  }
}

/** Names come from other programs: none of them moves the cursor. */
function safe(text: string): string {
  return printable(text, MAX_TEXT_LENGTH);
}
