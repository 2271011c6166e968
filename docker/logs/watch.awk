# Reads what rsyslog tells, its counts (impstats) and its complaints, and ends where a line that was sent has neither arrived nor is tried again:
# rsyslog gives up a bulk that is answered as a whole by an error, as by 429 or 503.
function count(name) { return match($0, "\"" name "\": [0-9]+") ? substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4) + 0 : 0 }

/"origin": "omelasticsearch"/ {
  sent = count("submitted")
  open = sent - count("failed.http") - count("response.success") - count("response.duplicate") - count("response.bad") \
    - count("response.badargument") - count("response.bulkrejection") - count("response.other")
  # For so many reports nothing else was sent, and still there is no answer.
  waited = open > 0 && sent == sent_before ? waited + 1 : 0
  if (waited >= patience) exit 1
  sent_before = sent
  next
}
/"origin": "/ { next }
{ print "logs: " $0 > "/dev/stderr" }
/error in elasticsearch reply/ { exit 1 }
