/*
 * reply_values - the names of what a reply's text can expand.
 *
 * One table: the template compiler looks names up here, the manual
 * (mailreeve-replies.7) prints names and meanings from here. Rows are found
 * by their number; a missing one would be seen by test_reply.
 *
 * reply_value_id()    name to number
 * reply_value_name()  number to name
 * reply_value_doc()   number to its sentence in the manual
 */
#include <string.h>

#include "reply/reply.h"

static const struct {
	const char *name;
	const char *doc;
} values[VALUE_MAX] = {
	[VALUE_CLIENT_ADDR] = { .name = "client_addr",
	    .doc = "Address of the client." },
	[VALUE_CLIENT_NAME] = { .name = "client_name",
	    .doc = "Confirmed name of the client, or \"unknown\"." },
	[VALUE_HELO] = { .name = "helo",
	    .doc = "Name that the client gave with HELO or EHLO." },
	[VALUE_SENDER] = { .name = "sender",
	    .doc = "Envelope sender without brackets; nothing for <>." },
	[VALUE_SENDER_DOMAIN] = { .name = "sender_domain",
	    .doc = "Domain of the envelope sender." },
	[VALUE_RECIPIENT] = { .name = "recipient",
	    .doc = "Recipient without brackets." },
	[VALUE_RECIPIENT_DOMAIN] = { .name = "recipient_domain",
	    .doc = "Domain of the recipient." },
	[VALUE_LOGIN] = { .name = "login",
	    .doc = "Name that the client has logged in with." },
	[VALUE_LISTENER] = { .name = "listener",
	    .doc = "Name of the MTA's daemon, or its port." },
	[VALUE_HOSTNAME] = { .name = "hostname",
	    .doc = "Name of this server." },
	[VALUE_TIME] = { .name = "time", .doc = "Date and time here." },
	[VALUE_SESSION] = { .name = "session",
	    .doc = "Identifier of the session, as session= in the log." },
	[VALUE_QUEUE_ID] = { .name = "queue_id",
	    .doc = "The MTA's queue identifier, once there is one." },
	[VALUE_REASON] = { .name = "reason",
	    .doc = "Name of the reason, such as access.sender." },
	[VALUE_ZONE] = { .name = "zone",
	    .doc = "DNS list that holds the entry." },
	[VALUE_TXT] = { .name = "txt",
	    .doc = "Text (TXT record) that the DNS list gives." },
	[VALUE_WAIT] = { .name = "wait",
	    .doc = "Seconds after which a retry can succeed." },
	[VALUE_LIMIT] = { .name = "limit", .doc = "Limit that was passed." },
	[VALUE_COUNT_SEEN] = { .name = "count",
	    .doc = "What was counted against the limit." },
	[VALUE_SIGNATURE] = { .name = "signature",
	    .doc = "Name of the signature or rule that matched." },
	[VALUE_SPF_EXPLANATION] = { .name = "spf_explanation",
	    .doc = "Explanation that the SPF record gives." },
	[VALUE_KEY] = { .name = "key",
	    .doc = "Entry of the table or list that matched." },
	[VALUE_NOTE] = { .name = "note",
	    .doc = "The \"# why\" of that entry." },
	[VALUE_COMMAND] = { .name = "command",
	    .doc = "SMTP command that is refused." },
	[VALUE_URL] = { .name = "url",
	    .doc = "The url of [milter]: a page that explains refusals." },
	[VALUE_ADDRESS] = { .name = "address",
	    .doc = "Address that is refused where it is neither envelope "
		   "sender nor recipient, such as the header From." },
};

/* reply_value_id - name to number */
bool
reply_value_id(const char *name, enum reply_value *out)
{
	for (size_t i = 0; i < VALUE_MAX; i++)
		if (strcmp(values[i].name, name) == 0) {
			*out = (enum reply_value)i;
			return true;
		}
	return false;
}

/* reply_value_name - number to name */
const char *
reply_value_name(enum reply_value value)
{
	return values[value].name;
}

/* reply_value_doc - number to the sentence of the manual */
const char *
reply_value_doc(enum reply_value value)
{
	return values[value].doc;
}
