-- A token whose ledger is spread over processes. The root ledger has the
-- supply; a sub-ledger, which names its root under "token", holds accounts for
-- what the root has credited to it. Messages between ledgers are trusted when
-- they come from the root or from a sub-ledger that the root has told of.

local function whole(q)
  local n = type(q) == "string" and math.tointeger(tonumber(q)) or q
  if math.type(n) == "integer" and n > 0 then return n end
end

local function answer(base, status, text, outbox)
  base.results = { status = status, output = { body = text }, outbox = outbox or {} }
  return "ok", base
end

local function move(base, from, to, n)
  local have = base.balance[from] or 0
  if have < n then return false end
  base.balance[from] = have - n
  base.balance[to] = (base.balance[to] or 0) + n
  return true
end

local actions = {}

function actions.transfer(base, msg, from)
  local n = whole(msg.quantity)
  if not n then return answer(base, "error", "quantity must be a positive integer") end
  if not msg.recipient then return answer(base, "error", "no recipient") end
  local ledger = msg.route
  if not move(base, from, ledger or msg.recipient, n) then
    return answer(base, "error", "insufficient funds")
  end
  local out = {}
  if ledger then
    out["1"] = { target = ledger, action = "credit-notice", recipient = msg.recipient, quantity = n, sender = from }
  end
  return answer(base, "ok", "transferred " .. n, out)
end

-- Tokens go back to the root: the account loses them, the root moves them from
-- this ledger's account to the recipient's.
function actions.withdraw(base, msg, from)
  local n = whole(msg.quantity)
  if not base.token then return answer(base, "error", "this is the root ledger") end
  if not n then return answer(base, "error", "quantity must be a positive integer") end
  local have = base.balance[from] or 0
  if have < n then return answer(base, "error", "insufficient funds") end
  base.balance[from] = have - n
  return answer(base, "ok", "withdrawn " .. n, {
    ["1"] = { target = base.token, action = "transfer", recipient = msg.recipient or from, quantity = n }
  })
end

actions["credit-notice"] = function(base, msg, from)
  local n = whole(msg.quantity)
  if from ~= base.token then return answer(base, "error", "not from the root ledger") end
  if not n then return answer(base, "error", "quantity must be a positive integer") end
  base.balance[msg.recipient] = (base.balance[msg.recipient] or 0) + n
  return answer(base, "ok", "credited " .. n)
end

function actions.mint(base, msg, from)
  if base.token or from ~= base.admin then return answer(base, "error", "only the admin of the root mints") end
  local n = whole(msg.quantity)
  if not n then return answer(base, "error", "quantity must be a positive integer") end
  base.balance[msg.recipient] = (base.balance[msg.recipient] or 0) + n
  base.supply = (base.supply or 0) + n
  return answer(base, "ok", "minted " .. n)
end

function compute(base, assignment)
  local msg = assignment.body or {}
  base.balance = base.balance or {}
  local act = actions[string.lower(msg.action or "")]
  if not act then return answer(base, "ok", "ready") end
  return act(base, msg, msg["from-process"] or msg.from)
end

local function ledger(root)
  return { token = root, admin = "admin", balance = {} }
end

function exact_test()
  local base = ledger()
  base.balance.a = 9223372036854775807
  compute(base, { body = { action = "Transfer", from = "a", recipient = "b", quantity = 9223372036854775806 } })
  assert(base.balance.a == 1 and base.balance.b == 9223372036854775806, "exact at 2^63")
  compute(base, { body = { action = "Mint", from = "admin", recipient = "b", quantity = 9223372036854775807 } })
  assert(tostring(base.balance.b) == "18446744073709551613", "exact beyond 2^63, not " .. tostring(base.balance.b))
  return "ok", "exact"
end

function subledger_test()
  local root, sub = ledger(), ledger("ROOT")
  root.balance.alice = 100
  compute(root, { body = { action = "Transfer", from = "alice", recipient = "bob", quantity = 40, route = "SUB" } })
  local notice = root.results.outbox["1"]
  assert(root.balance.SUB == 40 and notice.target == "SUB")
  notice["from-process"] = "ROOT"
  compute(sub, { body = notice })
  assert(sub.balance.bob == 40, "credited on the sub-ledger")
  compute(sub, { body = { action = "Withdraw", from = "bob", quantity = 15 } })
  local back = sub.results.outbox["1"]
  back["from-process"] = "SUB"
  compute(root, { body = back })
  assert(root.balance.bob == 15 and root.balance.SUB == 25 and sub.balance.bob == 25)
  return "ok", "moved there and back"
end

function forged_test()
  local sub = ledger("ROOT")
  compute(sub, { body = { action = "Credit-Notice", ["from-process"] = "EVIL", recipient = "eve", quantity = 5 } })
  assert(sub.balance.eve == nil and sub.results.status == "error")
  return "ok", "refused"
end
