-- One story: the head, its state, its card and its bodies. Nothing when the view is not whole.
local epoch = redis.call('GET', KEYS[1] .. ':epoch') or '1'
local prefix = KEYS[1] .. ':' .. epoch .. ':'
local meta = redis.call('HMGET', prefix .. 'meta', 'whole', 'head')
if not meta[1] then return nil end
local state = redis.call('HGET', prefix .. 'stories', ARGV[1])
local change = redis.call('HGET', prefix .. 'current', ARGV[1])
if not change then return {meta[2] or '-1', state} end
return {
  meta[2], state, redis.call('HGET', prefix .. 'cards', change), redis.call('HGET', prefix .. 'bodies', change)
}
