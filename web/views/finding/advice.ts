import { sentencesOf } from '../../sentences.ts';

/** A part of the advice: what holds for everybody, or how it is done in one runtime, proxy or database. */
export interface AdvicePart {
  readonly text: string;
  /** Runtimes and the like that it names. */
  readonly names: readonly string[];
  /** It is one of a list, of which the part before says what for. */
  readonly isItem: boolean;
}

/** A text in pieces, of which every second one is a name: to be set in bold. */
export function piecesOf(text: string): string[] {
  return text.split(NAMES);
}

const NAMES =
  /\b(Apache HttpClient|OkHttp|HikariCP|Commons Pool|SQLAlchemy|PostgreSQL|libpq|PgBouncer|JDBC|Node(?:\.js)?|Java|Python(?: requests)?|Go|Redis|nginx|HAProxy|Envoy|Tomcat|gunicorn|uWSGI|urllib3)\b/g;

/**
 * The advice, with what is said of single runtimes set apart. A list of them, behind a colon or in parentheses (`close it: a in
 * Go, b in Java`), becomes its items; any other sentence that names some stays whole.
 */
export function adviceOf(text: string): AdvicePart[] {
  return sentencesOf(text).flatMap((sentence): AdvicePart[] => {
    const [lead, list] = listIn(sentence);
    const items = itemsOf(list);
    const isList = items.length >= 2 && items.every((item) => namesIn(item).length > 0);
    if (!isList || namesIn(lead).length > 0)
      return [{ text: sentence, names: namesIn(sentence), isItem: false }];
    return [
      { text: lead, names: [], isItem: false },
      ...items.map((item) => ({ text: item, names: namesIn(item), isItem: true })),
    ];
  });
}

/** What is said of all, and what follows it as a list, as far as the signs tell; the list is empty where there is none. */
function listIn(sentence: string): [lead: string, list: string] {
  const behind = /^(.*?[:：]) ?(.*?)[.。]?$/su.exec(sentence);
  const inside = /^(.*?) ?[(（]([^()（）]*(?:[(（][^()（）]*[)）][^()（）]*)*)[)）](.*)$/su.exec(sentence);
  const found = [behind?.slice(1), inside && [inside[1]! + inside[3]!, inside[2]!]].find(
    (parts) => parts && namesIn(parts[0]!).length === 0 && itemsOf(parts[1]!).length >= 2,
  );
  return [found?.[0] ?? sentence, found?.[1] ?? ''];
}

function namesIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(NAMES), ([name]) => name))];
}

/** Items between commas, those inside parentheses left alone; what names nobody belongs to the one after it. */
function itemsOf(list: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let item = '';
  for (const [i, sign] of [...list].entries()) {
    if ('(（'.includes(sign)) depth++;
    if (')）'.includes(sign)) depth--;
    const isEnd =
      depth === 0 && (sign === '，' || sign === '；' || (',;'.includes(sign) && list[i + 1] === ' '));
    if (!isEnd || namesIn(item).length === 0) {
      item += sign;
      continue;
    }
    items.push(item.trim());
    item = '';
  }
  const last = item.trim().replace(/^and /, '');
  if (last === '') return items;
  if (namesIn(last).length > 0 || items.length === 0) return [...items, last];
  return [...items.slice(0, -1), items.at(-1)! + (list.includes('，') ? '，' : ', ') + last];
}
