const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Return a name or symbol from the chain as it may be shown: nothing that hides or turns text, and not too much of it. */
export function fromChain(text: string | null, most = 32): string {
  const clean = (text ?? "").normalize("NFC").replace(HIDDEN, "\ufffd").trim();
  const points = [...clean];
  return points.length > most ? `${points.slice(0, most).join("")}…` : clean;
}

/** Return the ends of an address or hash, `0x1234…abcd`. */
export function shortHex(hex: string): string {
  return hex.length <= 14 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`;
}

/** Return a time as `2026-01-31 12:00 UTC`. */
export function utc(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Return seconds as `1 d 02:03:04`. */
export function duration(seconds: number): string {
  const rest = Math.max(0, Math.floor(seconds));
  const clock = [Math.floor((rest % 86_400) / 3600), Math.floor((rest % 3600) / 60), rest % 60].map((part) => String(part).padStart(2, "0"));
  return `${rest >= 86_400 ? `${Math.floor(rest / 86_400)} d ` : ""}${clock.join(":")}`;
}
