// Runs before the first paint, so that a remembered theme does not flash. A file of its own: the policy bans inline scripts.
try {
  const theme = localStorage.getItem('halfclose.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be blocked: the system's theme is right then.
}
