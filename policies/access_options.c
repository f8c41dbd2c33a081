/*
 * access_options - the options and the reasons of the policy access.
 */
#include "policies/access.h"

/* a list of the site: any number of tables */
#define LIST(option, field, text, sample)                          \
	{                                                          \
		.name = option, .type = OPTION_TABLES,             \
		.offset = offsetof(struct access_settings, field), \
		.fallback = "", .doc = text, .example = sample     \
	}

/* a table of lists, one for each user or domain */
#define KEPT(option, field, text, sample)                          \
	{                                                          \
		.name = option, .type = OPTION_TABLE,              \
		.offset = offsetof(struct access_settings, field), \
		.fallback = "", .doc = text, .example = sample     \
	}

const struct option access_options[] = {
	LIST("block_clients", block[LIST_CLIENTS],
	    "Clients that are refused: addresses, prefixes, and names that "
	    "the MTA has confirmed. Reason access.client.",
	    "cidr:/etc/mailreeve/block_clients"),
	LIST("block_helo", block[LIST_HELO],
	    "Greetings that are refused: names, .domains, addresses (with or "
	    "without brackets). Reason access.helo.",
	    "inline:{ylmf-pc .dynamic.example.net}"),
	LIST("block_senders", block[LIST_SENDERS],
	    "Envelope senders that are refused: addresses, user@, domains, "
	    ".domains, <>. Reason access.sender; in a section for a "
	    "recipient or a recipient's domain access.sender_policy.",
	    "file:/etc/mailreeve/block_senders"),
	LIST("block_recipients", block[LIST_RECIPIENTS],
	    "Recipients that are closed; in a section for clients, senders "
	    "or a listener closed to those. Reason access.recipient.",
	    "inline:{staff@example.org}"),
	LIST("block_header_from", block[LIST_HEADER_FROM],
	    "Addresses in the From and Sender fields of the message, of which "
	    "there may be several, that are refused at its end. Reason "
	    "access.header_from.",
	    "file:/etc/mailreeve/block_senders"),
	LIST("allow_clients", allow[LIST_CLIENTS],
	    "Clients that are let through, for the whole connection.",
	    "inline:{192.0.2.0/24 .partner.example}"),
	LIST("allow_helo", allow[LIST_HELO],
	    "Greetings that are let through, for the whole connection. "
	    "Anybody can greet with any name.",
	    NULL),
	LIST("allow_senders", allow[LIST_SENDERS],
	    "Envelope senders that are let through, for the message. Anybody "
	    "can use any sender: set allow_senders_spf, or see the warning "
	    "above.",
	    "inline:{alerts@partner.example=skip=helo}"),
	LIST("allow_recipients", allow[LIST_RECIPIENTS],
	    "Recipients for whom everything is let through.",
	    "inline:{abuse@example.org spam-reports@example.org}"),
	LIST("allow_header_from", allow[LIST_HEADER_FROM],
	    "Addresses in the From and Sender fields that wider lists do not "
	    "refuse. "
	    "Overrides block lists of the header From only and skips nothing "
	    "else, because the field proves nothing.",
	    NULL),
	KEPT("user_block", kept_block[KEEPER_USER],
	    "Block lists of users. The key is the recipient's address (also "
	    "without its +tag), the value the list: addresses, user@, "
	    "@domain, .domain, <>. Reason access.user_sender for an address, "
	    "access.user_sender_domain for a domain, "
	    "access.user_header_from for the header From.",
	    "lmdb:/var/lib/mailreeve/user_block"),
	KEPT("user_allow", kept_allow[KEEPER_USER],
	    "Allow lists of users, in the same form. They skip what "
	    "allow_skips says.",
	    "lmdb:/var/lib/mailreeve/user_allow"),
	KEPT("domain_block", kept_block[KEEPER_DOMAIN],
	    "Block lists of domains, in the same form; the key is the "
	    "recipient's domain. Reason access.sender_domain for a domain, "
	    "access.sender_policy for an address, access.header_from for "
	    "the header From.",
	    "file:/etc/mailreeve/domain_block"),
	KEPT("domain_allow", kept_allow[KEEPER_DOMAIN],
	    "Allow lists of domains, in the same form.", NULL),
	{
	    .name = "check_header_from",
	    .type = OPTION_BOOL,
	    .offset = offsetof(struct access_settings, kept_header_from),
	    .fallback = "yes",
	    .doc = "Look the header From up in user_block, user_allow, "
		   "domain_block and domain_allow too. With user_block or "
		   "domain_block the MTA then has to pass us the header of "
		   "every message.",
	},
	{
	    .name = "allow_senders_spf",
	    .type = OPTION_BOOL,
	    .offset = offsetof(struct access_settings, senders_spf),
	    .fallback = "no",
	    .doc = "An entry of allow_senders counts only where the client "
		   "passes SPF for the sender's domain (for <> the HELO "
		   "name). While that cannot be looked up, on_error decides. "
		   "Holds for user_allow and domain_allow too, and yes in "
		   "[access] for all sections.",
	},
	{
	    .name = "allow_skips",
	    .type = OPTION_WORDS,
	    .offset = offsetof(struct access_settings, allow_skips),
	    .fallback = "",
	    .doc = "The policies that an allow entry skips when its value "
		   "does not say skip=NAME,NAME. Empty: as in [access]; "
		   "empty there: all.",
	    .example = "helo, sender",
	},
	{ .name = NULL },
};

const struct reason access_reasons[] = {
	[ACCESS_CLIENT] = {
	    .name = "access.client",
	    .reply = "550 5.7.1 Mail from your address %{client_addr} is "
		     "blocked here %{ref}",
	    .doc = "The client's address or confirmed name is on a block "
		   "list.",
	},
	[ACCESS_HELO] = {
	    .name = "access.helo",
	    .reply = "550 5.7.1 Mail from clients that greet as %{helo} is "
		     "blocked here %{ref}",
	    .doc = "The HELO or EHLO name is on a block list.",
	},
	[ACCESS_SENDER] = {
	    .name = "access.sender",
	    .reply = "550 5.7.1 Mail from <%{sender}> is blocked here %{ref}",
	    .doc = "The envelope sender's address or domain is on the "
		   "server's block list.",
	},
	[ACCESS_SENDER_DOMAIN] = {
	    .name = "access.sender_domain",
	    .reply = "550 5.7.1 Mail from the domain %{sender_domain} is "
		     "blocked at %{recipient_domain} %{ref}",
	    .doc = "The sender's domain is on the block list of the "
		   "recipient's domain.",
	},
	[ACCESS_SENDER_POLICY] = {
	    .name = "access.sender_policy",
	    .reply = "550 5.7.1 Mail from <%{sender}> to <%{recipient}> is "
		     "not permitted %{ref}",
	    .doc = "The envelope sender matches a rule for this recipient or "
		   "its domain.",
	},
	[ACCESS_RECIPIENT] = {
	    .name = "access.recipient",
	    .reply = "550 5.7.1 <%{recipient}> does not take mail from you "
		     "%{ref}",
	    .doc = "The recipient is closed to this client, or its address "
		   "is on a block list.",
	},
	[ACCESS_USER_SENDER] = {
	    .name = "access.user_sender",
	    .reply = "550 5.7.1 <%{recipient}> has blocked mail from "
		     "<%{sender}> %{ref}",
	    .doc = "The sender's address is on the recipient's own block "
		   "list.",
	},
	[ACCESS_USER_SENDER_DOMAIN] = {
	    .name = "access.user_sender_domain",
	    .reply = "550 5.7.1 <%{recipient}> has blocked mail from the "
		     "domain %{sender_domain} %{ref}",
	    .doc = "The sender's domain is on the recipient's own block "
		   "list.",
	},
	[ACCESS_HEADER_FROM] = {
	    .name = "access.header_from",
	    .reply = "550 5.7.1 Mail with the From address <%{address}> is "
		     "blocked here %{ref}",
	    .doc = "The address in the From header field is on the server's "
		   "block list.",
	},
	[ACCESS_USER_HEADER_FROM] = {
	    .name = "access.user_header_from",
	    .reply = "550 5.7.1 The recipient has blocked mail with the From "
		     "address <%{address}> %{ref}",
	    .doc = "The address in the From header field is on the "
		   "recipient's own block list.",
	},
	{ .name = NULL },
};
