/*
 * gendoc - the parts of the generator of documents to one another.
 */
#ifndef MAILREEVE_GENDOC_H
#define MAILREEVE_GENDOC_H

#include "base/str.h"
#include "policy/policy.h"
#include "session/config.h"

/* gendoc_ini - the sample mailreeve.ini: every option at its default. */
void gendoc_ini(struct str *out, struct arena *arena);

/* gendoc_has_form - whether its type says more than "any text". */
bool gendoc_has_form(const struct option *row);

/* fragments of the manual pages, in mdoc(7) */
void gendoc_core(struct str *out, struct arena *arena);
void gendoc_common(struct str *out, struct arena *arena);
void gendoc_index(struct str *out, struct arena *arena);
void gendoc_policies(struct str *out, struct arena *arena);
void gendoc_reasons(struct str *out, struct arena *arena);
void gendoc_values(struct str *out, struct arena *arena);

/* gendoc_text - sentences: each on a line of its own, paragraphs by .Pp. */
void gendoc_text(struct str *out, const char *text);
/* gendoc_word - an argument of a macro, kept together and meaning nothing. */
void gendoc_word(struct str *out, const char *text);
/* gendoc_display - lines of an ini, a blank one before each section. */
void gendoc_display(struct str *out, const char *text);

#endif
