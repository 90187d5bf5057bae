/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows of text.  Every field is a number, a time or an address, none of which can hold a comma or a
 * quotation mark, so nothing is ever quoted, and the rows need no CSV library.
 */
#include "format.h"

#include "text.h"

static char *
put_number(char *p, uint64_t value, char after)
{
    p = text_put_u64(p, value);
    *p++ = after;
    return p;
}

static char *
put_time(char *p, bool negative, uint64_t ms)
{
    p = text_put_ms(p, negative, ms);
    *p++ = ',';
    return p;
}

char *
format_biflow(char *p, const struct biflow *b)
{
    p = text_put_i64(p, b->start);
    *p++ = ',';
    p = text_put_i64(p, b->end);
    *p++ = ',';
    *p++ = (char)('0' + b->family);
    *p++ = ',';
    p = put_number(p, b->proto, ',');
    p = put_number(p, b->src_port, ',');
    p = put_number(p, b->dst_port, ',');
    p = put_number(p, b->packets, ',');
    p = put_number(p, b->bytes, ',');
    p = put_number(p, b->packets_rev, ',');
    return put_number(p, b->bytes_rev, '\n');
}

char *
format_flow(char *p, const struct flow *f)
{
    uint64_t start = (uint64_t)f->start;
    uint64_t end = (uint64_t)f->end;
    bool backwards = f->end < f->start;

    /* Unsigned differences are exact even between the ends of the signed range. */
    p = put_time(p, f->start < 0, f->start < 0 ? 0 - start : start);
    p = put_time(p, backwards, backwards ? start - end : end - start);
    p = put_number(p, f->proto, ',');
    p = text_put_address(p, f->family, f->src);
    *p++ = ',';
    p = text_put_address(p, f->family, f->dst);
    *p++ = ',';
    p = put_number(p, f->src_port, ',');
    p = put_number(p, f->dst_port, ',');
    p = put_number(p, f->packets, ',');
    p = put_number(p, f->bytes, ',');
    p = put_number(p, f->packets_rev, ',');
    return put_number(p, f->bytes_rev, '\n');
}
