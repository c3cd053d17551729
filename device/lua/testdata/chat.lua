-- A chat room on the handler framework (load handlers.lua first). Members and
-- the last messages are variables of the program; the message shows numbers.
local keep = 50
Members = {}
History = {}

Handlers.add("join", "Join", function(msg, ctx)
  if Members[ctx.from] then error(ctx.from .. " is here already") end
  Members[ctx.from] = msg.nick or ctx.from
  ctx.reply({ action = "Joined", nick = Members[ctx.from], said = #History })
end)

Handlers.add("leave", "Leave", function(_, ctx)
  Members[ctx.from] = nil
  ctx.reply({ action = "Left" })
end)

Handlers.add("say", { action = "Say", data = function(d) return d ~= "" end }, function(msg, ctx)
  local nick = Members[ctx.from]
  if not nick then error("join first") end
  table.insert(History, { nick = nick, data = msg.data })
  while #History > keep do table.remove(History, 1) end
  for who in pairs(Members) do
    if who ~= ctx.from then ctx.send({ target = who, action = "Said", nick = nick, data = msg.data }) end
  end
end)

Handlers.add("history", "History", function(msg, ctx)
  local n = math.tointeger(tonumber(msg.last or 10)) or 10
  local list = {}
  for i = math.max(1, #History - n + 1), #History do list[#list + 1] = History[i] end
  ctx.reply({ action = "History", messages = list })
end)

local plain = compute
function compute(base, assignment)
  base = plain(base, assignment)
  local n = 0
  for _ in pairs(Members) do n = n + 1 end
  base.members, base.said = n, #History
  return base
end

function room_test()
  Members, History = {}, {}
  local b = {}
  local function send(from, m) m.from = from b = compute(b, { body = m }) return b.results end
  send("a", { action = "Join", nick = "Ann" })
  send("b", { action = "Join" })
  assert(string.find(send("c", { action = "Say", data = "hi" }).error, "join first", 1, true))
  local out = send("a", { action = "Say", data = "hello" }).outbox
  assert(#out == 1 and out[1].target == "b" and out[1].nick == "Ann")
  assert(send("b", { action = "Say", data = "" }).handler == "none")
  assert(b.members == 2 and b.said == 1)
  assert(send("b", { action = "History" }).outbox[1].messages[1].data == "hello")
  return "ok", "a room"
end
