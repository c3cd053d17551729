-- A small framework: handlers are tried in order; each has a pattern that a
-- message must match and a function that acts on it.
Handlers = { list = {} }

-- matches says whether a message fits a pattern: a function, a text (the
-- action), or a table whose fields are values, Lua patterns ("~...") or
-- functions.
function Handlers.matches(pattern, msg)
  if type(pattern) == "function" then return pattern(msg) end
  if type(pattern) == "string" then return msg.action == pattern end
  for key, want in pairs(pattern) do
    local got = msg[key]
    if got == nil then return false end
    if type(want) == "function" then
      if not want(got, msg) then return false end
    elseif type(want) == "string" and string.sub(want, 1, 1) == "~" then
      if not string.match(tostring(got), string.sub(want, 2)) then return false end
    elseif want ~= got then
      return false
    end
  end
  return true
end

-- add appends a handler, or replaces the one of the same name. With once set it
-- is removed when it has run.
function Handlers.add(name, pattern, act, once)
  local h = { name = name, pattern = pattern, act = act, once = once }
  for i, old in ipairs(Handlers.list) do
    if old.name == name then
      Handlers.list[i] = h
      return h
    end
  end
  table.insert(Handlers.list, h)
  return h
end

function Handlers.remove(name)
  for i, h in ipairs(Handlers.list) do
    if h.name == name then
      table.remove(Handlers.list, i)
      return true
    end
  end
  return false
end

-- evaluate runs the first handler that fits and returns the messages it sent.
function Handlers.evaluate(msg, base)
  local out = {}
  local ctx = { base = base, from = msg["from-process"] or msg.from or "?" }
  function ctx.send(m) table.insert(out, m) end
  function ctx.reply(m)
    m.target = ctx.from
    ctx.send(m)
  end
  for _, h in ipairs(Handlers.list) do
    if Handlers.matches(h.pattern, msg) then
      if h.once then Handlers.remove(h.name) end
      local fine, err = pcall(h.act, msg, ctx)
      return h.name, fine, err, out
    end
  end
  return nil, true, nil, {}
end

function compute(base, assignment)
  local name, fine, err, out = Handlers.evaluate(assignment.body or {}, base)
  base.results = { handler = name or "none", outbox = out }
  if not fine then base.results.error = tostring(err) end
  return base
end

function order_test()
  Handlers.list = {}
  Handlers.add("first", "Ping", function(_, ctx) ctx.reply({ action = "Pong" }) end)
  Handlers.add("second", { action = "~^P" }, function() error("not reached") end)
  local b = compute({}, { body = { action = "Ping", from = "me" } })
  assert(b.results.handler == "first" and b.results.outbox[1].target == "me")
  b = compute({}, { body = { action = "Pang" } })
  assert(b.results.handler == "second" and string.find(b.results.error, "not reached", 1, true))
  return "ok", "in order"
end

function once_test()
  Handlers.list = {}
  Handlers.add("once", "X", function() end, true)
  assert(compute({}, { body = { action = "X" } }).results.handler == "once")
  assert(compute({}, { body = { action = "X" } }).results.handler == "none")
  return "ok", "once"
end
