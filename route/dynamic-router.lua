-- A process that keeps a table of routes: nodes register, reports of how long
-- they took come in, and weights follow from price and speed (spec 04, 4.12).
-- As a node process its state is a provider of routes for router@1.0:
--
--   "node_processes": {"router": {"device": "process@1.0", "type": "Process",
--     "execution-device": "lua@5.3a", "scheduler-device": "scheduler@1.0",
--     "module": {"content-type": "application/lua", "body": THIS FILE},
--     "is-admissible": {"device": "snp@1.0", "path": "verify"}}},
--   "router_opts": {"provider": {"path": "/router~node-process@1.0/now/routes"},
--     "registrar": {"path": "/router~node-process@1.0"}, "registrar-path": "schedule"},
--   "http_monitor": {"path": "/router~node-process@1.0/schedule", "method": "POST"}
--
-- Keys of the process:
--   trusted-peer         address whose registrations are accepted
--   is-admissible        message that judges registrations of others: its "path"
--                        (is-admissible) is asked on it with the registration, and
--                        answers "true". Without it only the trusted peer registers.
--   reporters            addresses whose reports count; those of "authority"
--   templates            templates that can be registered; any
--   max-nodes            nodes of one route, 100
--   sampling-rate        0.1   share that the slowest node gets of the best one's weight
--   performance-weight   1
--   pricing-weight       1
--   score-preference     1     how much better ones are preferred
--   performance-period   1000  reports that an average remembers
--   initial-performance  30000 milliseconds that a new node is taken to need
--   recalculate-every    1000  reports after which weights are computed anew

local function number(state, key, otherwise)
  return tonumber(state[key]) or otherwise
end

local function has(list, value)
  if type(list) == "string" then return list == value end
  for _, v in ipairs(list or {}) do
    if v == value then return true end
  end
  return false
end

-- The addresses that have signed a message. A scheduler takes only signatures
-- that hold.
local function signers(message)
  local out = {}
  for _, c in pairs(message.commitments or {}) do
    if type(c) == "table" and c.committer then out[#out + 1] = c.committer end
  end
  table.sort(out)
  return out
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return tostring(a) == tostring(b) end
  for k, v in pairs(a) do if not same(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

local function admitted(state, message)
  local who = signers(message)
  if #who == 0 then return nil end
  if state["trusted-peer"] and has(who, state["trusted-peer"]) then return who[1] end
  local judge = state["is-admissible"]
  if type(judge) ~= "table" then return nil end
  local base, request = {}, {}
  for k, v in pairs(judge) do if k ~= "path" then base[k] = v end end
  for k, v in pairs(message) do request[k] = v end
  request.path = judge.path or "is-admissible"
  local status, answer = ao.resolve(base, request)
  if status == "ok" and tostring(answer) == "true" then return who[1] end
  return nil
end

-- How many values of a sorted list are smaller, as a share of all.
local function percentile(sorted, x)
  for i, v in ipairs(sorted) do
    if v >= x then return (i - 1) / #sorted end
  end
  return 1
end

local function sorted(nodes, key)
  local out = {}
  for _, n in ipairs(nodes) do out[#out + 1] = tonumber(n[key]) or 0 end
  table.sort(out)
  return out
end

-- Gives the nodes of every route their weights (spec 04, 4.12.4).
function recalculate(state)
  local s = number(state, "sampling-rate", 0.1)
  local fast, cheap = number(state, "performance-weight", 1), number(state, "pricing-weight", 1)
  local preference = number(state, "score-preference", 1)
  local function decay(share) return math.exp(-preference * share) end
  for _, r in ipairs(state.routes or {}) do
    local times, prices = sorted(r.nodes, "performance"), sorted(r.nodes, "price")
    for _, n in ipairs(r.nodes) do
      local speed = decay(percentile(times, tonumber(n.performance) or 0)) * (1 - s) + s
      local price = decay(percentile(prices, tonumber(n.price) or 0))
      n.weight = speed * fast / (fast + cheap) + price * cheap / (fast + cheap)
    end
  end
  return state
end

-- Adds a node to the route with its template. Who has registered a prefix can
-- change it; nobody else can, and nobody has one twice.
function register(state, assignment)
  local message = assignment.body
  local offer = message.route
  if type(offer) ~= "table" or type(offer.prefix) ~= "string" or offer.template == nil then return state end
  local who = admitted(state, message)
  if not who then return state end
  if state.templates and not has(state.templates, offer.template) then return state end
  state.routes = state.routes or {}
  local place
  for i, r in ipairs(state.routes) do
    if same(r.template, offer.template) then place = i end
  end
  if not place then
    place = #state.routes + 1
    state.routes[place] = { template = offer.template, strategy = "By-Weight", nodes = {} }
  end
  local nodes = state.routes[place].nodes
  local at = #nodes + 1
  for i, n in ipairs(nodes) do
    if n.prefix == offer.prefix then
      if n["registered-by"] ~= who then return state end
      at = i
    end
  end
  if at > number(state, "max-nodes", 100) then return state end
  local known = nodes[at] or {}
  local reference = "routes/" .. place .. "/nodes/" .. at
  nodes[at] = {
    prefix = offer.prefix,
    price = tonumber(offer.price) or 0,
    topup = offer.topup,
    performance = known.performance or number(state, "initial-performance", 30000),
    ["registered-by"] = who,
    reference = reference,
    opts = { http_reference = reference },
  }
  return recalculate(state)
end

-- Notes how long a node took (spec 04, 4.12.5). Only the node that sends along
-- these routes knows it.
function duration(state, assignment)
  local report = assignment.body
  local trusted = false
  for _, who in ipairs(signers(report)) do
    trusted = trusted or has(state.reporters or state.authority, who)
  end
  local took = tonumber(report.duration)
  if not trusted or not took or took < 0 or type(report.reference) ~= "string" then return state end
  local r, n = string.match(report.reference, "^routes/(%d+)/nodes/(%d+)$")
  if not r then return state end
  local route = (state.routes or {})[tonumber(r)]
  local node = route and route.nodes[tonumber(n)]
  if not node then return state end
  local period = number(state, "performance-period", 1000)
  node.performance = node.performance * (1 - 1 / period) + took / period
  local reports = number(state, "reports", 0) + 1
  if reports >= number(state, "recalculate-every", 1000) then
    state.reports = 0
    return recalculate(state)
  end
  state.reports = reports
  return state
end

-- What a message asks for: its action, else the last part of its path.
function compute(state, assignment)
  state.routes = state.routes or {}
  local message = assignment.body or {}
  local asked = message.action or string.match(message.path or "", "([^/]*)$") or ""
  asked = string.lower(asked)
  if asked == "register" then return register(state, assignment) end
  if asked == "duration" then return duration(state, assignment) end
  if asked == "recalculate" then return recalculate(state) end
  return state
end
