/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libcsv finds the cells; each is converted as soon as it is found, by the role of its column.  Nothing
 * is copied and nothing is trusted: a cell that is not exactly what its column has to be makes the row a
 * bad one, and the message says which cell.
 *
 * Nearly all cells are plain numbers.  They are read in one place, right where libcsv hands them over,
 * and only a cell that is not a number in its range is looked at more closely.  This place decides what
 * ftp-read costs from text: it runs two dozen times for each record.
 */
#include "parse.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "bytes.h"
#include "proto.h"
#include "text.h"

/* A duration (ms) that no flow has. */
#define WRAPPED_DURATION UINT64_C(1000000000000000000)

/* nfdump writes address families as the numbers that Linux has for AF_INET and AF_INET6. */
enum { FAMILY_NONE = 0, FAMILY_IPV4 = 2, FAMILY_IPV6 = 10 };

/* The largest value of the roles that are always or mostly numbers.  What else a protocol, a time, a
 * destination port or an unused column can be, take_other() reads. */
static const uint64_t maxima[ROLES] = {
    [ROLE_NONE] = UINT64_MAX,         [ROLE_START_MS] = INT64_MAX,
    [ROLE_END_MS] = INT64_MAX,        [ROLE_START_WHOLE_SECONDS] = UINT32_MAX,
    [ROLE_START_FRACTION] = 999,      [ROLE_END_WHOLE_SECONDS] = UINT32_MAX,
    [ROLE_END_FRACTION] = 999,        [ROLE_PROTO] = UINT8_MAX,
    [ROLE_SRC_WORD0] = UINT32_MAX,    [ROLE_SRC_WORD1] = UINT32_MAX,
    [ROLE_SRC_WORD2] = UINT32_MAX,    [ROLE_SRC_WORD3] = UINT32_MAX,
    [ROLE_DST_WORD0] = UINT32_MAX,    [ROLE_DST_WORD1] = UINT32_MAX,
    [ROLE_DST_WORD2] = UINT32_MAX,    [ROLE_DST_WORD3] = UINT32_MAX,
    [ROLE_SRC_PORT] = UINT16_MAX,     [ROLE_DST_PORT] = UINT16_MAX,
    [ROLE_PACKETS] = UINT64_MAX,      [ROLE_BYTES] = UINT64_MAX,
    [ROLE_PACKETS_REV] = UINT64_MAX,  [ROLE_BYTES_REV] = UINT64_MAX,
    [ROLE_IN_INTERFACE] = UINT32_MAX, [ROLE_OUT_INTERFACE] = UINT32_MAX,
};

static const uint8_t no_address[16];

__attribute__((format(printf, 2, 3))) static void
bad(struct parser *p, const char *format, ...)
{
    va_list ap;

    if (p->bad)
        return;
    p->bad = true;
    va_start(ap, format);
    (void)problem_vset(&p->problem, format, ap);
    va_end(ap);
}

/* Type and code of ICMP as newer nfdumps print them in place of a port, 3.1 for 3 * 256 + 1. */
static bool
get_type_and_code(const char *s, size_t n, uint64_t *port)
{
    const char *point = memchr(s, '.', n);
    uint64_t type, code;

    if (!point)
        return false;
    size_t before = (size_t)(point - s);
    if (!text_get_u64(s, before, 255, &type) || !text_get_u64(point + 1, n - before - 1, 255, &code))
        return false;
    *port = type << 8 | code;
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

/* Reads a time in one of its forms, the getter's, into the place for its ms. */
static bool
take_time(struct parser *p, enum role place, bool (*get)(const char *, size_t, int64_t *), const char *s,
          size_t n)
{
    int64_t ms;

    if (!get(s, n, &ms))
        return false;
    p->numbers[place] = (uint64_t)ms;
    return true;
}

/* Reads a time before 1970 as nfdump prints it, without a sign and so above 2^63 ms. */
static bool
take_unsigned_time(struct parser *p, enum role place, const char *s, size_t n)
{
    bool negative = false;

    if (!p->layout->from_nfdump)
        return false;
    if (memchr(s, '.', n))
        return text_get_ms(s, n, &negative, &p->numbers[place]) && !negative;
    return text_get_u64(s, n, UINT64_MAX, &p->numbers[place]);
}

/* Seconds with a fraction.  nfdump before 1.7.5 prints a difference that wrapped around for a record that
 * ends before it starts. */
static bool
take_duration(struct duration *d, const char *s, size_t n)
{
    if (text_get_ms(s, n, &d->negative, &d->ms)) {
        d->wrapped = d->ms >= WRAPPED_DURATION;
        return true;
    }
    for (size_t i = 0; i < n; i++)
        if ((s[i] < '0' || s[i] > '9') && s[i] != '.')
            return false;
    d->ms = 0;
    d->wrapped = n >= sizeof "18446744073709552.000" - 1;
    return d->wrapped;
}

static bool
take_proto_name(struct parser *p, const char *s, size_t n)
{
    uint8_t proto;

    if (!proto_from_name(s, n, &proto))
        return false;
    p->numbers[ROLE_PROTO] = proto;
    return true;
}

/* A row of csv-fast that is not IP has anything at all in its addresses, commas included. */
static bool
take_family(struct parser *p, const char *s, size_t n)
{
    uint64_t *family = &p->numbers[ROLE_ADDRESS_FAMILY];

    if (!text_get_u64(s, n, UINT32_MAX, family))
        return false;
    if (*family == FAMILY_NONE && !p->has[ROLE_SRC_WORD0]) {
        p->garbage = true;
        p->taken_columns = 0;
    }
    return *family == FAMILY_NONE || *family == FAMILY_IPV4 || *family == FAMILY_IPV6;
}

/* Converts a cell that is not a number in the range of its role.  Returns whether it is what its column
 * has to be. */
static bool
take_other(struct parser *p, enum role role, const char *s, size_t n)
{
    switch (role) {
    case ROLE_NONE:
        return true;
    case ROLE_START_MS:
    case ROLE_END_MS:
        return take_time(p, role, text_get_i64, s, n) || take_unsigned_time(p, role, s, n);
    case ROLE_START_SECONDS:
        return take_time(p, ROLE_START_MS, get_seconds, s, n) ||
               take_unsigned_time(p, ROLE_START_MS, s, n);
    case ROLE_END_SECONDS:
        return take_time(p, ROLE_END_MS, get_seconds, s, n) || take_unsigned_time(p, ROLE_END_MS, s, n);
    case ROLE_START_DATE:
        return take_time(p, ROLE_START_MS, get_date, s, n);
    case ROLE_END_DATE:
        return take_time(p, ROLE_END_MS, get_date, s, n);
    case ROLE_DURATION:
        return take_duration(&p->duration, s, n);
    case ROLE_PROTO:
        return take_proto_name(p, s, n);
    case ROLE_SRC_ADDRESS:
        return (p->src_family = text_get_address(s, n, p->row.flow.src)) != 0;
    case ROLE_DST_ADDRESS:
        return (p->dst_family = text_get_address(s, n, p->row.flow.dst)) != 0;
    case ROLE_EXPORTER:
        return (p->row.exporter_family = text_get_address(s, n, p->row.exporter)) != 0;
    case ROLE_DST_PORT:
        return get_type_and_code(s, n, &p->numbers[ROLE_DST_PORT]);
    case ROLE_ADDRESS_FAMILY:
        return take_family(p, s, n);
    default:
        return false;
    }
}

/* An empty cell where cells may be missing: without ports a flow is one all the same, and what has no
 * addresses is no flow. */
static void
take_missing(struct parser *p, enum role role)
{
    p->numbers[role] = 0;
    if (role == ROLE_SRC_ADDRESS)
        p->src_family = 0;
    else if (role == ROLE_DST_ADDRESS)
        p->dst_family = 0;
    else if (role != ROLE_SRC_PORT && role != ROLE_DST_PORT && role != ROLE_NONE)
        p->missing = role;
}

/* Takes a cell that is not a number in its range.  Not inlined, so that nothing of this is set up for
 * each number. */
__attribute__((noinline)) static void
take_odd_cell(struct parser *p, int column, const char *s, size_t n)
{
    char quoted[PROBLEM_QUOTED_BYTES];

    if (p->row_ended)
        bad(p, "a carriage return inside the row");
    if (column >= p->taken_columns)
        return;
    enum role role = p->layout->roles[column];
    if (n == 0 && p->layout->has_empty)
        take_missing(p, role);
    else if (!take_other(p, role, s, n))
        bad(p, "column %d: %s is not a valid %s", column + 1, problem_quote(quoted, s, n),
            role_name(role));
}

static void
on_cell(void *cell, size_t n, void *context)
{
    struct parser *p = context;
    int column = p->column++;

    if (column < p->taken_columns) {
        enum role role = p->layout->roles[column];
        uint64_t max = maxima[role];
        if (max > 0 && text_get_u64(cell, n, max, &p->numbers[role]))
            return;
    }
    take_odd_cell(p, column, cell, n);
}

static void
on_row_end(int terminator, void *context)
{
    struct parser *p = context;

    (void)terminator;
    p->row_ended = true;
    p->taken_columns = 0;
}

int
parser_open(struct parser *p, const struct layout *layout)
{
    *p = (struct parser){.layout = layout};
    for (int i = 0; i < layout->columns; i++)
        p->has[layout->roles[i]] = true;
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

/* Four words to an address: in network byte order, an IPv4 address in the first four bytes. */
static void
put_address(uint8_t address[16], const uint64_t words[4], bool ipv4)
{
    memset(address, 0, 16);
    for (int i = ipv4 ? 3 : 0, at = 0; i < 4; i++, at += 4)
        put_be32(address + at, (uint32_t)words[i]);
}

/* Addresses that came as four words each.  Returns false when those of an IPv4 address are not one. */
static bool
addresses_from_words(struct parser *p)
{
    const uint64_t *src = &p->numbers[ROLE_SRC_WORD0], *dst = &p->numbers[ROLE_DST_WORD0];
    bool ipv4 = p->numbers[ROLE_ADDRESS_FAMILY] == FAMILY_IPV4;

    if (ipv4 && (src[0] | src[1] | src[2] | dst[0] | dst[1] | dst[2]) != 0)
        return false;
    put_address(p->row.flow.src, src, ipv4);
    put_address(p->row.flow.dst, dst, ipv4);
    p->src_family = p->dst_family = ipv4 ? 4 : 6;
    return true;
}

/* The numbers of a row, each to its place.  A time comes whole or in two parts; what there is no column
 * for is 0. */
static void
put_numbers(struct parser *p)
{
    const uint64_t *n = p->numbers;
    struct row *r = &p->row;
    struct flow *f = &r->flow;

    f->start = (int64_t)(n[ROLE_START_MS] + n[ROLE_START_WHOLE_SECONDS] * 1000 + n[ROLE_START_FRACTION]);
    f->end = (int64_t)(n[ROLE_END_MS] + n[ROLE_END_WHOLE_SECONDS] * 1000 + n[ROLE_END_FRACTION]);
    f->packets = n[ROLE_PACKETS];
    f->bytes = n[ROLE_BYTES];
    f->packets_rev = n[ROLE_PACKETS_REV];
    f->bytes_rev = n[ROLE_BYTES_REV];
    f->src_port = (uint16_t)n[ROLE_SRC_PORT];
    f->dst_port = (uint16_t)n[ROLE_DST_PORT];
    f->proto = (uint8_t)n[ROLE_PROTO];
    r->in_interface = (uint32_t)n[ROLE_IN_INTERFACE];
    r->out_interface = (uint32_t)n[ROLE_OUT_INTERFACE];
}

/* Start and duration give the end; one of nfdump's that cannot be leaves what a column says, if there is
 * one.  Returns false when the end does not fit. */
static bool
find_end(struct parser *p)
{
    const struct duration *d = &p->duration;
    struct flow *f = &p->row.flow;
    uint64_t room =
        d->negative ? (uint64_t)f->start - (uint64_t)INT64_MIN : (uint64_t)INT64_MAX - (uint64_t)f->start;

    if (!p->has[ROLE_DURATION])
        return true;
    if (p->layout->from_nfdump && d->wrapped) {
        if (!p->has[ROLE_END_DATE])
            f->end = f->start;
        return true;
    }
    if (d->ms > room || (d->wrapped && d->ms == 0))
        return false;
    f->end = (int64_t)(d->negative ? (uint64_t)f->start - d->ms : (uint64_t)f->start + d->ms);
    return true;
}

/* Records without addresses: nfdump before 1.7.5 prints ARP and its like as protocol 0 from 0.0.0.0, and
 * the outer header of a tunnel as a row of its own without addresses or packets. */
static bool
is_not_ip(const struct parser *p)
{
    const struct flow *f = &p->row.flow;

    if (p->has[ROLE_ADDRESS_FAMILY] && p->numbers[ROLE_ADDRESS_FAMILY] == FAMILY_NONE)
        return true;
    return p->layout->from_nfdump && (f->proto == 0 || f->packets == 0) &&
           memcmp(f->src, no_address, sizeof no_address) == 0 &&
           memcmp(f->dst, no_address, sizeof no_address) == 0;
}

/* Whether the addresses are of one family, the one that the row says it is of. */
static bool
is_of_one_family(const struct parser *p)
{
    int family = p->numbers[ROLE_ADDRESS_FAMILY] == FAMILY_IPV4 ? 4 : 6;

    return p->src_family == p->dst_family && (!p->has[ROLE_ADDRESS_FAMILY] || p->src_family == family);
}

/* Whether an address is :: or looks like ::192.0.2.1. */
static bool
may_be_ipv4(const uint8_t address[16])
{
    return memcmp(address, no_address, 12) == 0 &&
           (address[12] != 0 || address[13] != 0 || (address[14] == 0 && address[15] == 0));
}

/* Makes 192.0.2.1 of ::192.0.2.1. */
static void
make_ipv4(uint8_t address[16])
{
    memcpy(address, address + 12, 4);
    memset(address + 12, 0, 4);
}

/* Mends what nfdump before 1.7.8 makes of a record with addresses of both families, one pair of them all
 * zero.  1.7.1 prints an IPv4 pair as ::192.0.2.1 and ::192.0.2.2, and an IPv6 pair as :: and ::; 1.7.5
 * prints an IPv4 pair so.  Returns false for :: and ::, where the addresses are lost. */
static bool
mend_family(struct parser *p)
{
    struct flow *f = &p->row.flow;

    if (!p->layout->from_nfdump || p->src_family != 6 || !may_be_ipv4(f->src) || !may_be_ipv4(f->dst))
        return true;
    if (memcmp(f->src, no_address, 16) == 0 && memcmp(f->dst, no_address, 16) == 0)
        return false;
    make_ipv4(f->src);
    make_ipv4(f->dst);
    p->src_family = p->dst_family = 4;
    return true;
}

/* Puts the cells of a row together. */
static enum parse_result
finish_row(struct parser *p, const char *line, size_t length)
{
    char quoted[PROBLEM_QUOTED_BYTES];

    if (!p->bad && p->garbage)
        return PARSE_NOT_IP;
    if (p->column != p->layout->columns)
        bad(p, "%d column%s instead of %d: %s", p->column, p->column == 1 ? "" : "s", p->layout->columns,
            problem_quote(quoted, line, length));
    if (p->bad)
        return PARSE_BAD;
    put_numbers(p);
    if (p->has[ROLE_SRC_WORD0] && !addresses_from_words(p))
        bad(p, "an address is neither IPv4 nor IPv6");
    if (!find_end(p))
        bad(p, "the end time does not fit");
    if (p->bad)
        return PARSE_BAD;
    if (!p->has[ROLE_SRC_WORD0] && !p->has[ROLE_SRC_ADDRESS])
        return PARSE_FLOW;
    if (is_not_ip(p) || (p->src_family == 0 && p->dst_family == 0))
        return PARSE_NOT_IP;
    if (p->missing != ROLE_NONE)
        bad(p, "no %s", role_name(p->missing));
    if (!is_of_one_family(p))
        bad(p, "the addresses are not of one family");
    else if (!mend_family(p))
        bad(p, "nfdump before 1.7.8 does not print the addresses of this record, which has some of both "
               "families: use -f binary or nfdump 1.7.8");
    p->row.flow.family = (uint8_t)p->src_family;
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

    p->column = 0;
    p->taken_columns = p->layout->columns;
    p->row_ended = p->bad = p->garbage = false;
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
