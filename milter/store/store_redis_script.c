/*
 * store_redis_script - the operations of the store, in Lua, for Redis.
 *
 * The rules are those of store.h; KEYS[1] is the key, ARGV[1] the time. What
 * is over by that time counts as absent, whatever Redis' own clock says; the
 * time to live is there to clear away.
 *
 * What lies under a key tells its verb by its first byte, so that tools can
 * show it:
 *   window   "w" and MessagePack: end, then for each tier an array of period,
 *            begin of the first bucket, its count, seconds to the next, ...
 *   triplet  decimal digits: first seen, seconds from then to last seen (8),
 *            passes (1). Redis keeps these 19 as a number, in no bytes at all.
 *            What does not fit is written "first last passes".
 *   entry    "e", end, blank, text
 *   lease    a sorted set of owners by end
 *   score    "s" and MessagePack: end, time, half-life, good, bad, events
 * What another verb left, or what makes no sense, counts as absent. Numbers
 * are doubles: exact to 2^53, where counts stop.
 */
#include <pthread.h>

#include "base/digest.h"
#include "store/store_redis_script.h"

/* what is under the key, if it is a string; replaced if it is none */
#define GET                                       \
	"local k,now=KEYS[1],tonumber(ARGV[1])\n" \
	"local v=redis.pcall('GET',k)\n"          \
	"if type(v)~='string' then v='' end\n"

/* unpack(tag): what was packed behind it, if that is not over */
#define UNPACK                                                     \
	"local function unpacked(tag)\n"                           \
	" if v:sub(1,1)~=tag then return nil end\n"                \
	" local r={pcall(cmsgpack.unpack,v:sub(2))}\n"             \
	" if not r[1] or type(r[2])~='number' or r[2]<=now then\n" \
	"  return nil end\n"                                       \
	" return r\n"                                              \
	"end\n"

/*
 * window - ARGV: now, n, how (0 add, 1 only if it fits, 3 give back), then
 * period and limit of each tier. Gives fits, tier, wait, counts. A tier b:
 * period, then begin and count of each bucket, oldest first.
 */
static const char window[] = GET UNPACK
    "local n,how=tonumber(ARGV[2]),ARGV[3]\n"
    "local old,b,count={},{},{}\n"
    "local kept=unpacked('w')\n"
    "for i,p in ipairs(kept or {}) do\n"
    " if i>2 and type(p)=='table' then\n"
    "  local t=0\n"
    "  old[p[1]]={}\n"
    "  for j=2,#p,2 do\n"
    "   t=t+p[j]\n"
    "   if t>now-p[1] then\n"
    "    table.insert(old[p[1]],{t,p[j+1]})\n"
    "   end\n"
    "  end\n"
    " end\n"
    "end\n"
    "local fits,tier,wait,longest=1,0,0,1\n"
    "for i=1,(#ARGV-3)/2 do\n"
    " local period,limit=tonumber(ARGV[2*i+2]),tonumber(ARGV[2*i+3])\n"
    " local c=0\n"
    " b[i]=old[period] or {}\n"
    " b[i].period=period\n"
    " longest=math.max(longest,period)\n"
    " for _,x in ipairs(b[i]) do c=c+x[2] end\n"
    " count[i]=c\n"
    " if limit>0 and c+n>limit then\n"
    "  local w=period\n"
    "  if n<=limit then\n"
    "   for _,x in ipairs(b[i]) do\n"
    "    c=c-x[2]\n"
    "    if c+n<=limit then w=x[1]+period-now break end\n"
    "   end\n"
    "  end\n"
    "  if fits==1 then fits,tier=0,i-1 end\n"
    "  wait=math.max(wait,w)\n"
    " end\n"
    "end\n"
    "local packed={}\n"
    "local function pack(i,t)\n"
    " local p,at={t.period},0\n"
    " for _,x in ipairs(t) do\n"
    "  p[#p+1]=x[1]-at\n"
    "  p[#p+1]=x[2]\n"
    "  at=x[1]\n"
    " end\n"
    " packed[i]=p\n"
    "end\n"
    "local function put(ends)\n"
    " redis.call('SET',k,'w'..cmsgpack.pack(ends,unpack(packed)),\n"
    "  'EX',ends-now)\n"
    "end\n"
    "if n>0 and (how=='0' or how=='1' and fits==1) then\n"
    " for i,t in ipairs(b) do\n"
    "  local width,last=math.ceil(t.period/60),t[#t]\n"
    "  if not last or now-last[1]>=width then\n"
    "   if #t==60 then count[i]=count[i]-table.remove(t,1)[2] end\n"
    "   last={now,0}\n"
    "   t[#t+1]=last\n"
    "  end\n"
    "  local added=math.min(n,2^53-count[i])\n"
    "  last[2]=last[2]+added\n"
    "  count[i]=count[i]+added\n"
    "  pack(i,t)\n"
    " end\n"
    " put(now+longest)\n"
    "elseif n>0 and how=='3' and kept then\n"
    " local any=false\n"
    " for i,t in ipairs(b) do\n"
    "  local left=math.min(n,count[i])\n"
    "  count[i]=count[i]-left\n"
    "  while left>0 do\n"
    "   local last=t[#t]\n"
    "   local part=math.min(left,last[2])\n"
    "   last[2],left=last[2]-part,left-part\n"
    "   if last[2]==0 then table.remove(t) end\n"
    "  end\n"
    "  any=any or #t>0\n"
    "  pack(i,t)\n"
    " end\n"
    " if any then put(kept[2]) else redis.call('DEL',k) end\n"
    "end\n"
    "return {fits,tier,wait,unpack(count)}\n";

/*
 * triplet - ARGV: now, delay, window, lifetime, interval, only look (0, 1).
 * Gives state (enum store_triplet_state), first, last, passes, wait.
 */
static const char triplet[] =
    GET "local delay,window=tonumber(ARGV[2]),tonumber(ARGV[3])\n"
	"local life,interval=tonumber(ARGV[4]),tonumber(ARGV[5])\n"
	"local first,last,passes=v:match('^(%d+) (%d+) (%d+)$')\n"
	"if not first and #v>9 and v:find('^%d+$') then\n"
	" first,last=v:sub(1,-10),v:sub(-9,-2)\n"
	" last,passes=first+last,v:sub(-1)\n"
	"end\n"
	"first,last,passes=tonumber(first),tonumber(last),tonumber(passes)\n"
	"local brief=window+math.max(math.floor(window/4),1)\n"
	"if first and (passes>0 and last+life or first+brief)<=now then\n"
	" first=nil\n"
	"end\n"
	"local state,ends,absent=3,nil,not first\n"
	"if absent then\n"
	" state,first,last,passes=delay==0 and 2 or 0,now,now,0\n"
	"elseif passes==0 then\n"
	" local age=now-first\n"
	" state=age<delay and 1 or age<=window and 2 or 4\n"
	"end\n"
	"if ARGV[6]=='0' then\n"
	" if state==0 or state==4 then\n"
	"  first,last,ends=now,now,now+brief\n"
	"  if delay==0 then passes,ends=1,now+life end\n"
	" elseif state==1 then\n"
	"  last,ends=now,first+brief\n"
	" elseif state==2 or now-last>=interval then\n"
	"  passes,last,ends=passes+1,now,now+life\n"
	" end\n"
	"end\n"
	"if ends then\n"
	" local s=string.format('%d %d %d',first,last,passes)\n"
	" if passes<10 and last>=first and last-first<1e8 and first<9e9 then\n"
	"  s=string.format('%d%08d%d',first,last-first,passes)\n"
	" end\n"
	" redis.call('SET',k,s,'EX',math.max(ends-now,1))\n"
	"end\n"
	"local wait=0\n"
	"if state==1 then wait=first+delay-now end\n"
	"if state==0 or state==4 then wait=delay end\n"
	"return {state,first,last,passes,wait}\n";

/*
 * entry - ARGV: now, verb (enum store_entry_verb), ttl, value.
 * Gives found, ttl, value.
 */
static const char entry[] =
    GET "local verb,ttl=ARGV[2],tonumber(ARGV[3])\n"
	"local ends,old=v:match('^e(%d+) (.*)$')\n"
	"ends=tonumber(ends)\n"
	"local found=ends and ends>now\n"
	"local function put(text)\n"
	" redis.call('SET',k,string.format('e%d ',now+ttl)..text,'EX',ttl)\n"
	"end\n"
	"if verb=='1' or verb=='2' and not found then\n"
	" put(ARGV[4])\n"
	" return {found and 1 or 0,ttl,false}\n"
	"end\n"
	"if not found then return {0,0,false} end\n"
	"if verb=='3' then\n"
	" redis.call('DEL',k)\n"
	" return {1,0,false}\n"
	"end\n"
	"if verb=='0' and ttl>0 and ends~=now+ttl then\n"
	" put(old)\n"
	" ends=now+ttl\n"
	"end\n"
	"return {1,ends-now,old}\n";

/*
 * lease - ARGV: now, verb (0 take, 1 give back), owner, places, ttl.
 * Gives taken, count.
 */
static const char lease[] =
    "local k,now=KEYS[1],tonumber(ARGV[1])\n"
    "local verb,owner,places=ARGV[2],ARGV[3],tonumber(ARGV[4])\n"
    "local ttl=tonumber(ARGV[5])\n"
    "local count=redis.pcall('ZCARD',k)\n"
    "if type(count)~='number' then\n"
    " if verb=='1' then return {0,0} end\n"
    " redis.call('DEL',k)\n"
    " count=0\n"
    "end\n"
    "local has=false\n"
    "if count>0 then\n"
    " count=count-redis.call('ZREMRANGEBYSCORE',k,'-inf',now)\n"
    " has=redis.call('ZSCORE',k,owner)\n"
    "end\n"
    "if verb=='1' then\n"
    " if has then redis.call('ZREM',k,owner) end\n"
    " return {has and 1 or 0,has and count-1 or count}\n"
    "end\n"
    "if not has and places>0 and count>=places then return {0,count} end\n"
    "redis.call('ZADD',k,now+ttl,owner)\n"
    "if count==0 or redis.call('TTL',k)<ttl then\n"
    " redis.call('EXPIRE',k,ttl)\n"
    "end\n"
    "return {1,has and count or count+1}\n";

/*
 * score - ARGV: now, good, bad, half-life, whether something is added (0, 1).
 * Gives good, bad, events.
 */
static const char score[] = GET UNPACK
    "local half=tonumber(ARGV[4])\n"
    "local r=unpacked('s') or {true,0,now,half,0,0,0}\n"
    "local left=2^(-math.max(now-r[3],0)/half)\n"
    "local good=r[5]*left+tonumber(ARGV[2])\n"
    "local bad=r[6]*left+tonumber(ARGV[3])\n"
    "local events=r[7]+tonumber(ARGV[5])\n"
    "if ARGV[5]=='1' then\n"
    " local ttl=10*half\n"
    " redis.call('SET',k,'s'..cmsgpack.pack(now+ttl,now,half,good,bad,\n"
    "  events),'EX',ttl)\n"
    "end\n"
    "return {string.format('%.17g',good),string.format('%.17g',bad),events}\n";

/*
 * show - ARGV: now. Gives nothing for what is absent, else verb (enum
 * store_verb), ttl, and by verb: period and count of each tier; first, last,
 * passes; text; owners; good, bad, events (texts).
 */
static const char show[] =
    GET UNPACK "if v=='' then\n"
	       " local r=redis.pcall('ZRANGE',k,0,-1,'WITHSCORES')\n"
	       " local out={3,0}\n"
	       " if r.err then return {} end\n"
	       " for i=1,#r,2 do\n"
	       "  local ttl=tonumber(r[i+1])-now\n"
	       "  if ttl>0 then\n"
	       "   out[#out+1]=r[i]\n"
	       "   out[2]=math.max(out[2],ttl)\n"
	       "  end\n"
	       " end\n"
	       " return #out>2 and out or {}\n"
	       "end\n"
	       "local r=unpacked('w')\n"
	       "if r then\n"
	       " local out={0,r[2]-now}\n"
	       " for i=3,#r do\n"
	       "  local p,t,count=r[i],0,0\n"
	       "  for j=2,#p,2 do\n"
	       "   t=t+p[j]\n"
	       "   if t>now-p[1] then count=count+p[j+1] end\n"
	       "  end\n"
	       "  out[#out+1]=p[1]\n"
	       "  out[#out+1]=count\n"
	       " end\n"
	       " return out\n"
	       "end\n"
	       "r=unpacked('s')\n"
	       "if r then\n"
	       " local left=2^(-math.max(now-r[3],0)/r[4])\n"
	       " return {4,r[2]-now,string.format('%.3f',r[5]*left),\n"
	       "  string.format('%.3f',r[6]*left),r[7]}\n"
	       "end\n"
	       "local ends,text=v:match('^e(%d+) (.*)$')\n"
	       "if ends then\n"
	       " if tonumber(ends)<=now then return {} end\n"
	       " return {2,tonumber(ends)-now,text}\n"
	       "end\n"
	       "local first,last,passes=v:match('^(%d+) (%d+) (%d+)$')\n"
	       "if not first and #v>9 and v:find('^%d+$') then\n"
	       " first,last=v:sub(1,-10),v:sub(-9,-2)\n"
	       " last,passes=first+last,v:sub(-1)\n"
	       "end\n"
	       "if not first then return {} end\n"
	       "return {1,redis.call('TTL',k),tonumber(first),tonumber(last),\n"
	       " tonumber(passes)}\n";

/* script_text - in Lua */
const char *
script_text(enum script script)
{
	static const char *const texts[SCRIPTS] = {
		[SCRIPT_WINDOW] = window,
		[SCRIPT_TRIPLET] = triplet,
		[SCRIPT_ENTRY] = entry,
		[SCRIPT_LEASE] = lease,
		[SCRIPT_SCORE] = score,
		[SCRIPT_SHOW] = show,
	};

	return texts[script];
}

static char names[SCRIPTS][DIGEST_SHA1_SIZE];

/* make_names - once */
static void
make_names(void)
{
	int script;

	for (script = 0; script < SCRIPTS; script++)
		digest_sha1(script_text((enum script)script), names[script]);
}

/* script_name - its SHA-1 */
const char *
script_name(enum script script)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_names);
	return names[script];
}
