// What all examples need: the node, a wallet, a module.
import crypto from "node:crypto";
import fs from "node:fs";
import { ArweaveSigner, createData } from "@dha-team/arbundles";

export const NODE = process.env.NODE_URL ?? "http://localhost:8734";

// wallet returns the key in WALLET, by default wallet.json, which is made when it
// is missing.
export function wallet() {
  const file = process.env.WALLET ?? "wallet.json";
  if (!fs.existsSync(file)) {
    const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 4096, publicExponent: 65537 });
    fs.writeFileSync(file, JSON.stringify(privateKey.export({ format: "jwk" })), { mode: 0o600 });
  }
  return JSON.parse(fs.readFileSync(file));
}

// tags turns {Name: "value"} into [{name, value}].
export const tags = (o) => Object.entries(o).map(([name, value]) => ({ name, value }));

// item returns a signed data item.
export async function item(jwk, data, named, target) {
  const signer = new ArweaveSigner(jwk);
  const out = createData(data, signer, { tags: tags(named), target });
  await out.sign(signer);
  return out;
}

// post sends a data item to a path of the node.
export async function post(path, it, headers = {}) {
  const r = await fetch(NODE + path, { method: "POST", headers: { "content-type": "application/ans104", ...headers }, body: it.getRaw() });
  if (!r.ok) throw new Error(`POST ${path}: ${r.status} ${(await r.text()).slice(0, 500)}`);
  return r;
}

// address returns the address of the node: the scheduler of what is spawned there.
export const address = async () => (await fetch(`${NODE}/~meta@1.0/info/address`)).text();

// module publishes the program in PROGRAM (a file, such as an aos build) on the
// node and returns its ID. PROGRAM may also be an ID that the node has.
export async function module(jwk) {
  const m = process.env.PROGRAM;
  if (!m) throw new Error("set PROGRAM to a WebAssembly build of aos, or to the ID of one that the node has");
  if (/^[A-Za-z0-9_-]{43}$/.test(m)) return m;
  const image = fs.readFileSync(m);
  const wide = WebAssembly.validate(image) ? "wasm32-unknown-emscripten4" : "wasm64-unknown-emscripten-draft_2024_02_15";
  const it = await item(jwk, image, {
    "Data-Protocol": "ao", Variant: "ao.TN.1", Type: "Module", "Module-Format": wide, "Input-Encoding": "JSON-1", "Output-Encoding": "JSON-1",
    "Memory-Limit": "1-gb", "Compute-Limit": "9000000000000", "Content-Type": "application/wasm",
  });
  await post("/", it);
  return it.id;
}

// show prints one line: what was done, and what came of it.
export const show = (what, value) => console.log(`${what}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
