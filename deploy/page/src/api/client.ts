import type { Source } from "../../verify/source.ts";
import { InputError, printable } from "../../verify/errors.ts";

/** Why a document is not there, and what the reader can do about it. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  constructor(message: string, readonly kind: "absent" | "unreachable" | "refused") {
    super(message);
  }
}

/** Asks the API, or the files of an export, which have the same paths. Nothing is kept but what the browser caches. */
export class Client {
  constructor(readonly origin: string, readonly isStatic: boolean, private readonly fetcher: typeof fetch = (...words) => fetch(...words)) {}

  /** Return a document; DocumentError if it is not there, cannot be reached or is refused. */
  async load<Document>(path: string, query: Readonly<Record<string, string | readonly string[]>> = {}): Promise<Document> {
    const words = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
    const asked = this.isStatic ? `${path}.json` : `${path}${words.size > 0 ? `?${words}` : ""}`;
    const answer = await this.ask(`v1/${asked}`);
    try {
      return (await answer.json()) as Document;
    } catch {
      throw new DocumentError(`${path} is not JSON`, "refused");
    }
  }

  /** Return the files of an epoch as a source for checks. */
  epochSource(epoch: bigint): Source {
    return {
      name: `${this.origin}v1/epochs/${epoch}`,
      load: async (path) => {
        try {
          return new Uint8Array(await (await this.ask(`v1/epochs/${epoch}/${path}`)).arrayBuffer());
        } catch (error) {
          if (error instanceof DocumentError && error.kind === "absent") return null;
          throw new InputError(`a file cannot be read: expected ${path} of epoch ${epoch}, got: ${(error as Error).message}`);
        }
      },
    };
  }

  private async ask(path: string): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.fetcher(`${this.origin}${path}`, { headers: { accept: "*/*" }, credentials: "omit" });
    } catch {
      throw new DocumentError("The service cannot be reached. What was published stays valid: look again in a moment.", "unreachable");
    }
    if (answer.status === 404) throw new DocumentError("There is no such thing here, or not yet.", "absent");
    if (answer.status === 429) throw new DocumentError("Too many questions in a short time: wait a moment.", "unreachable");
    if (answer.status >= 500) throw new DocumentError(await reasonOf(answer, "The service has trouble: look again in a moment."), "unreachable");
    if (!answer.ok) throw new DocumentError(await reasonOf(answer, `The service refused this question (${answer.status}).`), "refused");
    return answer;
  }
}

/** The API's errors have a one-line `message`. */
async function reasonOf(answer: Response, otherwise: string): Promise<string> {
  try {
    const { error, message } = (await answer.json()) as { error?: unknown; message?: unknown };
    const text = [message, error].find((one) => typeof one === "string");
    return text === undefined ? otherwise : printable(text as string, 300);
  } catch {
    return otherwise;
  }
}
