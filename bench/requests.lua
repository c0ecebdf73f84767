-- What wrk asks for: the lines of the file in BENCH_REQUESTS, "path<TAB>cookie", one after the other,
-- the first BENCH_FROM of them last.
local asked = {}
for line in io.lines(os.getenv("BENCH_REQUESTS")) do
  local path, cookie = line:match("([^\t]*)\t?(.*)")
  local headers = { ["Host"] = "localhost", ["Accept-Encoding"] = "gzip" }
  if cookie ~= "" then headers["Cookie"] = cookie end
  asked[#asked + 1] = wrk.format("GET", path, headers)
end

local at = tonumber(os.getenv("BENCH_FROM")) % #asked
request = function()
  at = at % #asked + 1
  return asked[at]
end

local pause = tonumber(os.getenv("BENCH_PAUSE") or "")  -- ms before each request of a connection
if pause then
  delay = function() return pause end
end

done = function(summary, latency, requests)
  local bad = summary.errors
  io.stderr:write(string.format(
    '{"requests": %d, "seconds": %.3f, "bytes": %d, "p50": %.2f, "p95": %.2f, "p99": %.2f, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    bad.connect + bad.read + bad.write + bad.status + bad.timeout))
end
