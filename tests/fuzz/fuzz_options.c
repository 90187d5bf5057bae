/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Values of options, and the fields of text: each is read, compared with what the C library makes of it,
 * and written again.  And the filter that is made of the user's: whatever it is, it stays in its
 * parentheses.
 */
#include <arpa/inet.h>
#include <errno.h>

#include "input.h"
#include "nfdump.h"
#include "text.h"

enum { MAX_TEXT = 200 };

/* Whether all of the text is digits, and some of them. */
static bool
is_digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return n > 0;
}

static void
try_u64(const char *s, size_t n, uint64_t max)
{
    uint64_t value = 0, again = 0;
    char text[TEXT_U64_BYTES];
    bool taken = text_get_u64(s, n, max, &value);

    errno = 0;
    unsigned long long wanted = is_digits(s, n) ? strtoull(s, NULL, 10) : 0;
    /* More than twenty digits are refused even when they begin with zeros. */
    bool may = is_digits(s, n) && n <= TEXT_U64_BYTES && errno == 0 && wanted <= max;
    CHECK(taken == may);
    if (!taken)
        return;
    CHECK(value == wanted);
    char *end = text_put_u64(text, value);
    CHECK(text_get_u64(text, (size_t)(end - text), UINT64_MAX, &again) && again == value);
}

static void
try_i64(const char *s, size_t n)
{
    int64_t value, again;
    char text[TEXT_U64_BYTES + 1];
    size_t sign = n > 0 && s[0] == '-';

    errno = 0;
    long long wanted = is_digits(s + sign, n - sign) ? strtoll(s, NULL, 10) : 0;
    bool may = is_digits(s + sign, n - sign) && n - sign <= TEXT_U64_BYTES && errno == 0;
    CHECK(text_get_i64(s, n, &value) == may);
    if (!may)
        return;
    CHECK(value == wanted);
    char *end = text_put_i64(text, value);
    CHECK(text_get_i64(text, (size_t)(end - text), &again) && again == value);
}

/* One digit more of a number.  Returns whether it still fits 64 bits. */
static bool
add_digit(uint64_t *number, unsigned digit)
{
    return !__builtin_mul_overflow(*number, 10, number) &&
           !__builtin_add_overflow(*number, digit, number);
}

/* The ms of seconds with a fraction, digit by digit.  Returns whether there are any. */
static bool
plain_ms(const char *s, size_t n, uint64_t *ms)
{
    size_t point = n, digits = 0;

    *ms = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '.' && point == n) {
            point = i;
            continue;
        }
        if (s[i] < '0' || s[i] > '9')
            return false;
        if (point == n || i - point <= 3) {
            if (!add_digit(ms, (unsigned)(s[i] - '0')))
                return false;
            digits += point < n;
        }
    }
    if (point == 0 || point > 20 || n == 0 || (point < n && (n - point - 1 < 1 || n - point - 1 > 9)))
        return false;
    for (; digits < 3; digits++)
        if (!add_digit(ms, 0))
            return false;
    return true;
}

static void
try_ms(const char *s, size_t n)
{
    bool negative, negative_again;
    uint64_t ms, again;
    char text[TEXT_MS_BYTES];
    size_t sign = n > 0 && s[0] == '-';
    uint64_t wanted;
    bool may = plain_ms(s + sign, n - sign, &wanted);
    bool taken = text_get_ms(s, n, &negative, &ms);

    CHECK(taken == may);
    if (!taken)
        return;
    CHECK(ms == wanted && negative == (sign == 1));
    char *end = text_put_ms(text, negative, ms);
    CHECK((size_t)(end - text) <= sizeof text);
    CHECK(text_get_ms(text, (size_t)(end - text), &negative_again, &again));
    CHECK(again == ms && negative_again == negative);
}

static void
try_address(const char *s, size_t n)
{
    uint8_t address[16], again[16], wanted[16] = {0};
    char text[TEXT_ADDRESS_BYTES];
    int family = text_get_address(s, n, address);

    CHECK(family == 0 || family == 4 || family == 6);
    bool terminated = memchr(s, '\0', n) != NULL;
    /* inet_pton(3) refuses zeros in front of the parts of an IPv4 address, which old tools write. */
    if (!terminated && inet_pton(AF_INET, s, wanted) == 1)
        CHECK(family == 4 && memcmp(address, wanted, sizeof wanted) == 0);
    memset(wanted, 0, sizeof wanted);
    if (!terminated && n < TEXT_ADDRESS_BYTES)
        CHECK((inet_pton(AF_INET6, s, wanted) == 1) == (family == 6));
    if (family == 0)
        return;
    if (family == 6)
        CHECK(memcmp(address, wanted, sizeof wanted) == 0);
    char *end = text_put_address(text, family, address);
    CHECK((size_t)(end - text) <= sizeof text);
    CHECK(text_get_address(text, (size_t)(end - text), again) == family);
    CHECK(memcmp(address, again, sizeof again) == 0);
}

/* Reads a filter as nfdump does, comments and quoted names as nothing.  Returns the depth of parentheses
 * at its end; *lowest is the least that it ever was behind the place that is watched. */
static int
depth_at_end(const char *filter, size_t watched, int *lowest)
{
    int depth = 0;
    char quote = 0;
    bool comment = false;

    *lowest = 1 << 20;
    for (size_t i = 0; filter[i]; i++) {
        char c = filter[i];
        if (comment)
            comment = c != '\n';
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '#')
            comment = true;
        else if (c == '"' || c == '\'')
            quote = c;
        else
            depth += (c == '(') - (c == ')');
        /* The last character closes the parenthesis of the user's expression. */
        if (i >= watched && filter[i + 1] && depth < *lowest)
            *lowest = depth;
    }
    return quote || comment ? -1 : depth;
}

static void
try_filter(uint8_t flags, const char *expression)
{
    struct interface interface = {.any_exporter = flags & 1,
                                  .exporter = "2001:db8::ffff:ffff:192.0.2.255",
                                  .any_id = flags & 2,
                                  .id = flags & 4 ? 0 : UINT32_MAX,
                                  .side = (enum side)(flags >> 3 & 3) % 3};
    const struct nfdump nfdump = {.version = {1, flags & 32 ? 8 : 7, 1}};
    const struct window window = {.given = flags & 64, .to = INT64_MAX};
    struct problem problem;
    int lowest;

    if (nfdump_check_filter(expression, &problem) == -1)
        return;
    CHECK(!strchr(expression, '@') || strpbrk(expression, "\"'#"));
    char *without = nfdump_filter(&nfdump, &interface, &window, NULL);
    char *filter = nfdump_filter(&nfdump, &interface, &window, expression);
    CHECK(without && filter);
    size_t before = strlen(without);
    CHECK(depth_at_end(without, 0, &lowest) == 0);
    CHECK(strncmp(filter, without, before) == 0);
    CHECK(strncmp(filter + before, " and (", 6) == 0);
    CHECK(strncmp(filter + before + 6, expression, strlen(expression)) == 0);
    CHECK(strcmp(filter + before + 6 + strlen(expression), "\n)") == 0);
    CHECK(depth_at_end(filter, before + 5, &lowest) == 0);
    CHECK(lowest >= 1);
    free(filter);
    free(without);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char text[MAX_TEXT + 1];
    uint8_t which = input_byte(&in);
    uint64_t max = UINT64_MAX >> (which & 63);
    size_t n = in.left < MAX_TEXT ? in.left : MAX_TEXT;

    /* A terminated copy for the library; ours get a block of the exact size. */
    input_take(&in, text, n);
    text[n] = '\0';
    char *exact = malloc(n + 1);
    CHECK(exact);
    memcpy(exact, text, n + 1);
    try_u64(exact, n, max);
    try_i64(exact, n);
    try_ms(exact, n);
    try_address(exact, n);
    try_filter(which, exact);
    free(exact);
    return 0;
}
