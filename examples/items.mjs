// Data items signed with arbundles, posted to paths of AO-Core and read back.
import { DataItem } from "@dha-team/arbundles";
import { NODE, address, item, module, post, show, wallet } from "./node.mjs";

const jwk = wallet();
const scheduler = await address();
const program = await module(jwk);

const json = "?require-codec=application/json&accept-bundle=true";
const definition = await item(jwk, "1984", {
  "Data-Protocol": "ao", Variant: "ao.N.1", Type: "Process", device: "process@1.0", "execution-device": "genesis-wasm@1.0",
  Scheduler: scheduler, Authority: scheduler, Module: program, Name: "example",
});
const spawned = await post("/push", definition);
show("spawn", `${spawned.headers.get("process") === definition.id} at slot ${spawned.headers.get("slot")}`);

const hello = await item(jwk, "return 'Hello, ' .. ao.env.Process.Tags.Name", { "Data-Protocol": "ao", Variant: "ao.N.1", Type: "Message", Action: "Eval" }, definition.id);
const pushed = await (await post(`/${definition.id}~process@1.0/push${json}`, hello)).json();
show("push", `slot ${pushed.slot}`);
show("result", await (await fetch(`${NODE}/${definition.id}~process@1.0/compute=${pushed.slot}/results/data`)).text());

// The item comes back byte for byte, and its signature still holds.
const back = Buffer.from(await (await fetch(`${NODE}/${hello.id}`, { headers: { accept: "application/ans104" } })).arrayBuffer());
show("same bytes", String(back.equals(hello.getRaw())));
show("verifies", String(await DataItem.verify(back)));

const schedule = await (await fetch(`${NODE}/~scheduler@1.0/schedule?target=${definition.id}&from=0&to=1&accept=application/aos-2`)).json();
show("schedule", schedule.edges.map((e) => e.node.message.Id === (e.cursor ? hello.id : definition.id)).join(" "));

// An item whose data was changed on the way is refused.
const forged = Buffer.from(hello.getRaw());
forged[forged.length - 1] ^= 1;
show("forged", String((await fetch(`${NODE}/${definition.id}~process@1.0/push`, { method: "POST", headers: { "content-type": "application/ans104" }, body: forged })).status));
