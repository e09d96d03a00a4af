/** Pages that are read without scripts, as the server and an export have them. */
const PLAIN = /^(epochs|apps|governance|(?:epoch|app|account)\/[0-9a-zA-Z]{1,42})\.html$/;

/** Return the fragment of the page that an address without scripts is of; null where it is none. */
export function plainFragment(folder: string, address: string): string | null {
  const { origin, pathname, searchParams } = new URL(address);
  const place = `${origin}${pathname}`;
  if (!place.startsWith(folder)) return null;
  const path = place.slice(folder.length);
  if (path === "account.html") return `account/${encodeURIComponent((searchParams.get("account") ?? "").trim())}`;
  return PLAIN.exec(path)?.[1] ?? null;
}
