-- The change log after a number, in order, with the cards that are still there. Nothing when the view is not whole.
-- ARGV: the number or empty for the oldest kept, the limit, 1 to add the bodies.
local epoch = redis.call('GET', KEYS[1] .. ':epoch') or '1'
local prefix = KEYS[1] .. ':' .. epoch .. ':'
local meta = redis.call('HMGET', prefix .. 'meta', 'whole', 'head', 'floor')
if not meta[1] then return nil end
local head, floor = meta[2] or '-1', meta[3] or '-1'
local from = '-'
if ARGV[1] ~= '' then
  local after = tonumber(ARGV[1])
  if after < tonumber(floor) or after > tonumber(head) then return {head, floor, 0} end
  if after >= 0 then from = '(' .. ARGV[1] .. '-1' end
end
local entries = redis.call('XRANGE', prefix .. 'changes', from, '+', 'COUNT', ARGV[2])
if #entries == 0 then return {head, floor, 1, entries, {}, {}} end
local numbers = {}
for i, entry in ipairs(entries) do numbers[i] = string.match(entry[1], '^%d+') end
local cards = redis.call('HMGET', prefix .. 'cards', unpack(numbers))
local bodies = {}
if ARGV[3] == '1' then bodies = redis.call('HMGET', prefix .. 'bodies', unpack(numbers)) end
return {head, floor, 1, entries, cards, bodies}
