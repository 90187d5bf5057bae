/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libcsv finds the cells; each is converted in place as soon as it is found, by the role of its column.
 * Nothing is copied and nothing is trusted: a cell that is not exactly what its column has to be makes
 * the row a bad one, and the message says which cell.
 */
#include "parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto.h"
#include "text.h"

/* A duration (ms) that no flow has. */
#define WRAPPED_DURATION UINT64_C(1000000000000000000)

/* nfdump writes address families as the numbers that Linux has for AF_INET and AF_INET6. */
enum { FAMILY_NONE = 0, FAMILY_IPV4 = 2, FAMILY_IPV6 = 10 };

__attribute__((format(printf, 2, 3))) static void
bad(struct parser *p, const char *format, ...)
{
    va_list ap;

    if (p->bad)
        return;
    p->bad = true;
    va_start(ap, format);
    (void)vsnprintf(p->problem, sizeof p->problem, format, ap);
    va_end(ap);
}

static bool
get_u32(const char *s, size_t n, uint32_t *value)
{
    uint64_t v;

    if (!text_get_u64(s, n, UINT32_MAX, &v))
        return false;
    *value = (uint32_t)v;
    return true;
}

static bool
get_port(const char *s, size_t n, uint16_t *port)
{
    uint64_t v;

    if (!text_get_u64(s, n, UINT16_MAX, &v))
        return false;
    *port = (uint16_t)v;
    return true;
}

/* A port, or type and code of ICMP as newer nfdumps print them, 3.1 for 3 * 256 + 1. */
static bool
get_dst_port(const char *s, size_t n, uint16_t *port)
{
    const char *point = memchr(s, '.', n);
    uint64_t type, code;

    if (!point)
        return get_port(s, n, port);
    size_t before = (size_t)(point - s);
    if (!text_get_u64(s, before, 255, &type) || !text_get_u64(point + 1, n - before - 1, 255, &code))
        return false;
    *port = (uint16_t)(type << 8 | code);
    return true;
}

/* Seconds with a fraction, as ms since the epoch. */
static bool
get_seconds(const char *s, size_t n, int64_t *ms)
{
    bool negative;
    uint64_t size;

    if (!text_get_ms(s, n, &negative, &size) || size > (uint64_t)INT64_MAX + negative)
        return false;
    *ms = (int64_t)(negative ? 0 - size : size);
    return true;
}

/* Whole seconds in one cell, ms in another: adds one of them to what the other has left there. */
static bool
add_part(const char *s, size_t n, uint64_t max, int64_t factor, int64_t *ms)
{
    uint64_t v;

    if (!text_get_u64(s, n, max, &v))
        return false;
    *ms += (int64_t)v * factor;
    return true;
}

/* 2023-11-14 22:13:20 with or without .123, taken as UTC. */
static bool
get_date(const char *s, size_t n, int64_t *ms)
{
    static const char shape[] = "dddd-dd-dd dd:dd:dd.ddd";
    enum { SECONDS = 19, MILLISECONDS = 23 };
    int part[7] = {0};
    int parts = 0;

    if (n != SECONDS && n != MILLISECONDS)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool digit = s[i] >= '0' && s[i] <= '9';
        if (shape[i] == 'd' ? !digit : s[i] != shape[i])
            return false;
        if (digit)
            part[parts] = part[parts] * 10 + (s[i] - '0');
        else
            parts++;
    }
    struct tm tm = {.tm_year = part[0] - 1900,
                    .tm_mon = part[1] - 1,
                    .tm_mday = part[2],
                    .tm_hour = part[3],
                    .tm_min = part[4]};
    if (part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31 || part[3] > 23 || part[4] > 59 ||
        part[5] > 60)
        return false;
    *ms = ((int64_t)timegm(&tm) + part[5]) * 1000 + part[6];
    return tm.tm_mday == part[2]; /* there is such a day */
}

/* Seconds with a fraction.  nfdump before 1.7.5 prints a difference that wrapped around for a record that
 * ends before it starts. */
static bool
get_duration(const char *s, size_t n, struct row *r)
{
    r->duration_known = true;
    if (text_get_ms(s, n, &r->duration_negative, &r->duration)) {
        r->duration_wrapped = r->duration >= WRAPPED_DURATION;
        return true;
    }
    for (size_t i = 0; i < n; i++)
        if ((s[i] < '0' || s[i] > '9') && s[i] != '.')
            return false;
    r->duration_wrapped = n >= sizeof "18446744073709552.000" - 1;
    return r->duration_wrapped;
}

static bool
get_proto(const char *s, size_t n, uint8_t *proto)
{
    uint64_t v;

    if (text_get_u64(s, n, UINT8_MAX, &v)) {
        *proto = (uint8_t)v;
        return true;
    }
    return proto_from_name(s, n, proto);
}

static bool
get_address(const char *s, size_t n, uint8_t address[16], int *family)
{
    *family = text_get_address(s, n, address);
    return *family != 0;
}

/* Converts one cell.  Returns whether it is what its column has to be. */
static bool
take_cell(struct row *r, enum role role, const char *s, size_t n)
{
    struct flow *f = &r->flow;

    switch (role) {
    case ROLE_START_MS:
        return text_get_i64(s, n, &f->start);
    case ROLE_END_MS:
        r->end_known = true;
        return text_get_i64(s, n, &f->end);
    case ROLE_START_WHOLE_SECONDS:
        return add_part(s, n, UINT32_MAX, 1000, &f->start);
    case ROLE_START_FRACTION:
        return add_part(s, n, 999, 1, &f->start);
    case ROLE_END_WHOLE_SECONDS:
        r->end_known = true;
        return add_part(s, n, UINT32_MAX, 1000, &f->end);
    case ROLE_END_FRACTION:
        return add_part(s, n, 999, 1, &f->end);
    case ROLE_START_SECONDS:
        return get_seconds(s, n, &f->start);
    case ROLE_END_SECONDS:
        r->end_known = true;
        return get_seconds(s, n, &f->end);
    case ROLE_START_DATE:
        return get_date(s, n, &f->start);
    case ROLE_END_DATE:
        r->end_known = true;
        return get_date(s, n, &f->end);
    case ROLE_DURATION:
        return get_duration(s, n, r);
    case ROLE_PROTO:
        return get_proto(s, n, &f->proto);
    case ROLE_SRC_ADDRESS:
        return get_address(s, n, f->src, &r->src_family);
    case ROLE_DST_ADDRESS:
        return get_address(s, n, f->dst, &r->dst_family);
    case ROLE_SRC_WORD0:
    case ROLE_SRC_WORD1:
    case ROLE_SRC_WORD2:
    case ROLE_SRC_WORD3:
        return get_u32(s, n, &r->src_words[role - ROLE_SRC_WORD0]);
    case ROLE_DST_WORD0:
    case ROLE_DST_WORD1:
    case ROLE_DST_WORD2:
    case ROLE_DST_WORD3:
        return get_u32(s, n, &r->dst_words[role - ROLE_DST_WORD0]);
    case ROLE_SRC_PORT:
        return get_port(s, n, &f->src_port);
    case ROLE_DST_PORT:
        return get_dst_port(s, n, &f->dst_port);
    case ROLE_PACKETS:
        return text_get_u64(s, n, UINT64_MAX, &f->packets);
    case ROLE_BYTES:
        return text_get_u64(s, n, UINT64_MAX, &f->bytes);
    case ROLE_PACKETS_REV:
        return text_get_u64(s, n, UINT64_MAX, &f->packets_rev);
    case ROLE_BYTES_REV:
        return text_get_u64(s, n, UINT64_MAX, &f->bytes_rev);
    case ROLE_IN_INTERFACE:
        return get_u32(s, n, &r->in_interface);
    case ROLE_OUT_INTERFACE:
        return get_u32(s, n, &r->out_interface);
    case ROLE_EXPORTER:
        return get_address(s, n, r->exporter, &r->exporter_family);
    case ROLE_ADDRESS_FAMILY:
        return get_u32(s, n, &r->address_family) &&
               (r->address_family == FAMILY_NONE || r->address_family == FAMILY_IPV4 ||
                r->address_family == FAMILY_IPV6);
    case ROLE_NONE:
    case ROLES:
        break;
    }
    return true;
}

/* Notes an empty cell where cells may be missing: without ports a flow is one all the same, and what has
 * no addresses is no flow. */
static void
note_missing(struct parser *p, enum role role)
{
    if (role != ROLE_SRC_PORT && role != ROLE_DST_PORT && role != ROLE_SRC_ADDRESS &&
        role != ROLE_DST_ADDRESS)
        p->missing = role;
}

/* Whether the row has said that it is not IP and may have anything at all in its addresses, as those of
 * csv-fast do. */
static bool
is_garbage(const struct parser *p)
{
    return p->family_known && !p->has_words && p->row.address_family == FAMILY_NONE;
}

static void
on_cell(void *cell, size_t n, void *context)
{
    struct parser *p = context;
    int column = p->column++;

    if (p->row_ended)
        bad(p, "a carriage return inside the row");
    if (column >= p->layout->columns)
        return;
    enum role role = p->layout->roles[column];
    if (role == ROLE_NONE || is_garbage(p))
        return;
    if (n == 0 && p->layout->may_miss)
        note_missing(p, role);
    else if (!take_cell(&p->row, role, cell, n))
        bad(p, "column %d: '%.*s' is no %s", column + 1, n > 50 ? 50 : (int)n, (const char *)cell,
            role_name(role));
    p->family_known |= role == ROLE_ADDRESS_FAMILY;
}

static void
on_row_end(int terminator, void *context)
{
    struct parser *p = context;

    (void)terminator;
    p->row_ended = true;
}

int
parser_open(struct parser *p, const struct layout *layout)
{
    *p = (struct parser){.layout = layout};
    for (int i = 0; i < layout->columns; i++) {
        p->has_family |= layout->roles[i] == ROLE_ADDRESS_FAMILY;
        p->has_words |= layout->roles[i] == ROLE_SRC_WORD0;
        p->has_addresses |= layout->roles[i] == ROLE_SRC_ADDRESS;
    }
    if (csv_init(&p->csv, 0) != 0)
        return -1;
    csv_set_delim(&p->csv, (unsigned char)layout->delimiter);
    return 0;
}

void
parser_release(struct parser *p)
{
    csv_free(&p->csv);
}

/* Addresses that came as four words each: network byte order, IPv4 in front.  Returns false when the
 * words of an IPv4 address are none. */
static bool
addresses_from_words(struct row *r)
{
    struct flow *f = &r->flow;
    int first = r->address_family == FAMILY_IPV4 ? 3 : 0;

    for (int i = 0; i < first; i++)
        if (r->src_words[i] != 0 || r->dst_words[i] != 0)
            return false;
    for (int i = first, at = 0; i < 4; i++, at += 4) {
        for (int byte = 0; byte < 4; byte++) {
            f->src[at + byte] = (uint8_t)(r->src_words[i] >> (24 - 8 * byte));
            f->dst[at + byte] = (uint8_t)(r->dst_words[i] >> (24 - 8 * byte));
        }
    }
    r->src_family = r->dst_family = first == 3 ? 4 : 6;
    return true;
}

/* Start and duration give the end, unless a column does.  Returns false when it does not fit. */
static bool
find_end(struct row *r, bool from_nfdump)
{
    struct flow *f = &r->flow;
    uint64_t room = r->duration_negative ? (uint64_t)f->start - (uint64_t)INT64_MIN
                                         : (uint64_t)INT64_MAX - (uint64_t)f->start;

    if (!r->duration_known)
        return true;
    if (from_nfdump && r->duration_wrapped) {
        if (!r->end_known)
            f->end = f->start;
        return true;
    }
    if (r->duration > room || (r->duration_wrapped && r->duration == 0))
        return false;
    f->end = (int64_t)(r->duration_negative ? (uint64_t)f->start - r->duration
                                            : (uint64_t)f->start + r->duration);
    return true;
}

/* Records without addresses: nfdump before 1.7.5 prints ARP and its like as protocol 0 from 0.0.0.0, and
 * the outer header of a tunnel as a row of its own without addresses or packets. */
static bool
is_not_ip(const struct parser *p)
{
    static const uint8_t nowhere[16];
    const struct flow *f = &p->row.flow;

    if (p->has_family && p->row.address_family == FAMILY_NONE)
        return true;
    return p->layout->from_nfdump && (f->proto == 0 || f->packets == 0) &&
           memcmp(f->src, nowhere, sizeof nowhere) == 0 && memcmp(f->dst, nowhere, sizeof nowhere) == 0;
}

/* Puts the cells of a row together. */
static enum parse_result
finish_row(struct parser *p, const char *line, size_t length)
{
    struct row *r = &p->row;

    if (!p->bad && is_garbage(p))
        return PARSE_NOT_IP;
    if (p->column != p->layout->columns)
        bad(p, "%d columns instead of %d: '%.*s'", p->column, p->layout->columns,
            length > 50 ? 50 : (int)length, line);
    if (p->has_words && !addresses_from_words(r))
        bad(p, "an address is neither IPv4 nor IPv6");
    if (!find_end(r, p->layout->from_nfdump))
        bad(p, "the end time does not fit");
    if (p->bad)
        return PARSE_BAD;
    if (!p->has_words && !p->has_addresses)
        return PARSE_FLOW;
    if (is_not_ip(p) || (r->src_family == 0 && r->dst_family == 0))
        return PARSE_NOT_IP;
    if (p->missing != ROLE_NONE)
        bad(p, "no %s", role_name(p->missing));
    if (r->src_family != r->dst_family ||
        (p->has_family && r->src_family != (r->address_family == FAMILY_IPV4 ? 4 : 6)))
        bad(p, "the addresses are not of one family");
    r->flow.family = (uint8_t)r->src_family;
    return p->bad ? PARSE_BAD : PARSE_FLOW;
}

static bool
has_odd_quotes(const char *line, size_t length)
{
    bool odd = false;

    for (size_t i = 0; i < length; i++)
        odd ^= line[i] == '"';
    return odd;
}

enum parse_result
parser_row(struct parser *p, const char *line, size_t length)
{
    bool newline = length > 0 && line[length - 1] == '\n';

    memset(&p->row, 0, sizeof p->row);
    p->column = 0;
    p->row_ended = p->bad = p->family_known = false;
    p->missing = ROLE_NONE;
    if (csv_parse(&p->csv, line, length, on_cell, on_row_end, p) != length)
        bad(p, "%s", csv_strerror(csv_error(&p->csv)));
    if (!newline && has_odd_quotes(line, length))
        bad(p, "a quotation mark without its partner");
    if (!newline)
        (void)csv_fini(&p->csv, on_cell, on_row_end, p);
    if (newline && !p->row_ended) {
        /* The newline was taken for a part of a quoted cell, or there was nothing before it. */
        bad(p, p->csv.entry_pos > 0 || p->column > 0 ? "a quotation mark without its partner"
                                                     : "an empty line");
        (void)csv_fini(&p->csv, on_cell, on_row_end, p);
    }
    return finish_row(p, line, length - newline);
}
