-- A counter, kept twice: in the message, where everyone can read it, and in a
-- variable of the program, which only snapshots show.
total = 0

function compute(base, assignment)
  local body = assignment.body or {}
  local by = body.by or 1
  if type(by) == "string" then by = math.tointeger(tonumber(by)) end
  if body.action == "Fail" then
    total = total + 1000000
    error("asked to fail")
  end
  total = total + by
  base.count = (base.count or 0) + by
  base.results = { output = { body = "count " .. base.count, total = total } }
  return base
end

function peek() return total end

-- Changes a variable, but answers with a text: the change is forgotten.
function bump()
  total = total + 1
  return "bumped to " .. total
end

function count_test()
  local b = compute({ device = "x" }, { body = { by = 2 } })
  assert(b.count == 2, "counts in the message")
  assert(b.results.output.total == 2, "counts in the variable")
  return "ok", "counted"
end

function failing_test()
  local fine = pcall(compute, {}, { body = { action = "Fail" } })
  assert(not fine, "a failure is an error")
  return "ok", "failed as it should"
end
