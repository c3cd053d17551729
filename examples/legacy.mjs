// aoconnect in its mode "legacy": messenger, compute and scheduler unit and the
// gateway's GraphQL are all the node.
import { connect, createDataItemSigner } from "@permaweb/aoconnect";
import { NODE, address, module, show, tags, wallet } from "./node.mjs";

const jwk = wallet();
const signer = createDataItemSigner(jwk);
const ao = connect({ MODE: "legacy", MU_URL: NODE, CU_URL: NODE, GRAPHQL_URL: `${NODE}/graphql` });

const scheduler = await address();
const program = await module(jwk);
show("module", program);

const pid = await ao.spawn({
  module: program, scheduler, signer,
  tags: [...tags({ Name: "example", Authority: scheduler, "Cron-Interval": "1-second", "Cron-Tag-Action": "Tick" })],
});
show("spawn", pid);

const message = await ao.message({ process: pid, signer, tags: tags({ Action: "Eval" }), data: `Ticks = 0 Handlers.add("tick", "Tick", function() Ticks = Ticks + 1 end) return 40 + 2` });
show("message", message);

const result = await ao.result({ process: pid, message });
show("result", result.Output.data);

const owner = (await fetch(`${NODE}/${message}?process-id=${pid}`).then((r) => r.json())).message.owner.address;
const tried = await ao.dryrun({ process: pid, Owner: owner, tags: tags({ Action: "Eval" }), data: "return Ticks" });
show("dryrun", String(tried.Output.data));

const first = await ao.results({ process: pid, limit: 1 });
const second = await ao.results({ process: pid, from: first.edges[0].cursor, limit: 1 });
show("results", second.edges[0].node.Output.data);
const last = await ao.results({ process: pid, limit: 1, sort: "DESC" });
show("newest", last.edges[0].node.Output.data);

show("monitor", await ao.monitor({ process: pid, signer }));
await new Promise((done) => setTimeout(done, 3500));
show("unmonitor", await ao.unmonitor({ process: pid, signer }));
const ask = await ao.message({ process: pid, signer, tags: tags({ Action: "Eval" }), data: "return Ticks > 0" });
show("ticked", (await ao.result({ process: pid, message: ask })).Output.data);

show("assign", await ao.assign({ process: pid, message }));

const failed = await ao.message({ process: pid, signer, tags: tags({ Action: "Eval" }), data: `error("as intended")` });
show("error", String((await ao.result({ process: pid, message: failed })).Error).split("\n").pop());

const page = await fetch(`${NODE}/${pid}?process-id=${pid}&limit=2`).then((r) => r.json());
show("schedule", page.edges.map((e) => e.node.assignment.tags.find((t) => t.name === "Nonce").value).join(" "));
