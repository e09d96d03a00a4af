// A local chain of one's own: a free port, stopped with the process that asked for it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { JsonRpcProvider } from "ethers";

const packaged = join(
  dirname(fileURLToPath(import.meta.url)),
  "../node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil",
);
const binary = existsSync(packaged) ? packaged : "anvil"; // other machines have it on the path

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts anvil with `options` and returns its provider and a function that stops it. */
export async function startAnvil(options = []) {
  const port = await freePort();
  const child = spawn(binary, ["--port", String(port), "--silent", ...options], { stdio: "ignore" });
  const stop = () => child.kill("SIGKILL");
  process.on("exit", stop);
  const provider = new JsonRpcProvider(`http://127.0.0.1:${port}`, 31337, {
    staticNetwork: true,
    pollingInterval: 10,
    cacheTimeout: -1,
  });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await provider.send("eth_chainId", []);
      return { provider, stop };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  stop();
  throw new Error(`anvil did not answer on port ${port} within 10 s`);
}
