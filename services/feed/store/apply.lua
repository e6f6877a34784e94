-- One record of articles.enriched takes effect, or nothing does.
-- The fence: only the offset after the stored one passes; with nothing stored, only the log's first.
-- Arguments are strings made by writer.py; an empty one means "nothing to do". Nothing can fail after the first write.
local prefix = KEYS[1] .. ':' .. ARGV[1] .. ':'
local meta = prefix .. 'meta'
local offset, first, uri, story = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local pending, kind, version, card, bodies = ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local ordinal, newest, release, expire = ARGV[11], ARGV[12], ARGV[13], ARGV[14]
local kept, receipt_id, receipt, receipt_ttl = tonumber(ARGV[15]), ARGV[16], ARGV[17], ARGV[18]
local traceparent = ARGV[19]

local stored = redis.call('HGET', meta, 'offset')
local expected = tonumber(first)
if stored then expected = tonumber(stored) + 1 end
if tonumber(offset) ~= expected then return expected end

-- `own`: the instant is of the version in this record, and what the clock will write of it goes on with its trace.
local function schedule(member, instant, own)
  if instant == '' then
    if redis.call('ZREM', prefix .. 'due', member) == 1 then redis.call('HDEL', prefix .. 'traces', member) end
    return
  end
  redis.call('ZADD', prefix .. 'due', instant, member)
  if own and traceparent ~= '' then redis.call('HSET', prefix .. 'traces', member, traceparent) end
  if own and traceparent == '' then redis.call('HDEL', prefix .. 'traces', member) end
end

local function show()
  redis.call('HSET', prefix .. 'cards', offset, card)
  redis.call('HSET', prefix .. 'bodies', offset, bodies)
  redis.call('HSET', prefix .. 'current', uri, offset)
  redis.call('RPUSH', prefix .. 'versions:' .. uri, offset)
  redis.call('ZADD', prefix .. 'order', ordinal, uri)
end

local function hide()
  local versions = prefix .. 'versions:' .. uri
  while true do
    local some = redis.call('LPOP', versions, 1000)
    if not some then break end
    redis.call('HDEL', prefix .. 'cards', unpack(some))
    redis.call('HDEL', prefix .. 'bodies', unpack(some))
  end
  redis.call('HDEL', prefix .. 'current', uri)
  redis.call('ZREM', prefix .. 'order', uri)
end

local function announce()
  local changes = prefix .. 'changes'
  local fields = {'kind', kind, 'uri', uri}
  local function add(name, value)
    fields[#fields + 1], fields[#fields + 2] = name, value
  end
  -- The first character only tells an empty version from none.
  if version ~= '' then add('version', string.sub(version, 2)) end
  -- Its id only: version, id, parent and flags are of fixed lengths (W3C Trace Context).
  if traceparent ~= '' then add('trace', string.sub(traceparent, 4, 35)) end
  redis.call('XADD', changes, offset .. '-1', unpack(fields))
  local over = redis.call('XLEN', changes) - kept
  if over > 0 then
    local gone = redis.call('XRANGE', changes, '-', '+', 'COUNT', over)
    redis.call('XTRIM', changes, 'MAXLEN', '=', kept)
    redis.call('HSET', meta, 'floor', string.match(gone[#gone][1], '^%d+'))
  end
  redis.call('HSET', meta, 'head', offset)
end

if story ~= '' then
  redis.call('HSET', prefix .. 'stories', uri, story)
  schedule('r' .. uri, release, pending ~= '' and pending ~= '-')
  schedule('e' .. uri, expire, card ~= '')
end
if pending == '-' then
  redis.call('HDEL', prefix .. 'pending', uri)
elseif pending ~= '' then
  redis.call('HSET', prefix .. 'pending', uri, pending)
end
if kind ~= '' then
  if card ~= '' then show() else hide() end
  announce()
end
if receipt_id ~= '' then
  redis.call('SET', prefix .. 'receipt:' .. receipt_id, receipt, 'EX', receipt_ttl)
end
redis.call('HSET', meta, 'offset', offset, 'newest', newest)
return 'OK'
