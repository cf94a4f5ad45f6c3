/** What the browser keeps for next time. Storage may be blocked or full: then nothing is remembered, and nothing breaks. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`halfclose.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`halfclose.${key}`, value);
  } catch {
    // Private windows of some browsers refuse: the choice holds for this page.
  }
}
