/*
 * explain_print - what explain found, for people or as JSON.
 */
#ifndef MAILREEVE_EXPLAIN_PRINT_H
#define MAILREEVE_EXPLAIN_PRINT_H

#include <stdbool.h>

struct chain_trace_row;
struct explain_printer;

/* explain_printer_new - colours only on a terminal, never in JSON. */
struct explain_printer *explain_printer_new(bool json);
/* explain_print_step - "RCPT", "<alice@example.test>" begins a step. */
void explain_print_step(struct explain_printer *printer, const char *step,
    const char *text);
/* explain_print_row - one policy's turn; context is the printer. */
void explain_print_row(void *context, const struct chain_trace_row *row);
/* explain_print_answer - what the client sees of the step; NULL: it passes */
void explain_print_answer(struct explain_printer *printer, const char *reply);
/* explain_print_note - something done to the message. */
void explain_print_note(struct explain_printer *printer, const char *what,
    const char *value);
/* explain_print_end - "pass", "reject", ...; prints all JSON and frees. */
void explain_print_end(struct explain_printer *printer, const char *outcome);

#endif
