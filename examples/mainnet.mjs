// aoconnect in its mode "mainnet": spawn, message, result, results, dryrun,
// request. This mode has no monitor and no assign.
import { connect, createSigner } from "@permaweb/aoconnect";
import { NODE, module, show, tags, wallet } from "./node.mjs";

const jwk = wallet();
const ao = connect({ MODE: "mainnet", URL: NODE, signer: createSigner(jwk) });

const program = await module(jwk);
show("module", program);

const pid = await ao.spawn({ module: program, tags: tags({ Name: "example" }) });
show("spawn", pid);

const slot = await ao.message({ process: pid, tags: tags({ Action: "Eval" }), data: "Counter = (Counter or 40) + 2; return Counter" });
show("message", String(slot));

const result = await ao.result({ process: pid, slot });
show("result", result.Output.data);

const newest = await ao.results({ process: pid });
show("results", `cursor ${newest.edges[0].cursor}, ${newest.edges[0].node.Output.data}`);

// What is tried has no owner, so that aos takes it for a message and evaluates
// nothing: it prints that it came.
const tried = await ao.dryrun({ process: pid, tags: tags({ Action: "Info" }), data: "?" });
show("dryrun", tried.Error ?? tried.Output.data);

// A process sends to itself; the message is delivered before the call returns.
await ao.message({ process: pid, tags: tags({ Action: "Eval" }), data: `Handlers.add("ping", "Ping", function(m) Pinged = m.Data end) Send({ Target = ao.id, Action = "Ping", Data = "pong" }) return 1` });
const after = await ao.message({ process: pid, tags: tags({ Action: "Eval" }), data: "return Pinged" });
show("pushed", (await ao.result({ process: pid, slot: after })).Output.data);

const failed = await ao.message({ process: pid, tags: tags({ Action: "Eval" }), data: `error("as intended")` });
show("error", String((await ao.result({ process: pid, slot: failed })).Error).split("\n").pop());

const r = await ao.request({ path: `/${pid}~process@1.0/compute=${slot}/results/data`, method: "GET", "signing-format": "ans104" });
show("request", await r.text());
