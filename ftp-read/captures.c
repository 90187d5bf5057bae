/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump skips what it cannot read, and with it all files that come later, and exits with status 0.  So
 * the files are looked up here by nfdump's own rules, and nfdump is asked about all of them beforehand
 * (-I reads only headers).  If it complains it is asked about each alone, and what it cannot read has a
 * name and a reason; to ask for each in any case would take longer than to read small files.
 *
 * Where versions of nfdump differ in what they select, the files that all of them select are checked; the
 * others are left to what nfdump says while it reads.
 */
#include "captures.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "io.h"

/* The beginning of a file of nfdump 1.7 (layout 2) and 1.8 (layout 3). */
enum {
    MAGIC = 0,
    MAGIC_NUMBER = 0xa50c,
    LAYOUT = 2,
    LAYOUT_OF_1_7 = 2,
    LAYOUT_OF_1_8 = 3,
    FLAGS_3 = 20, /* of layout 3 */
    ENCRYPTED_3 = 1,
    APPENDIX_2 = 24, /* where what is written at the end is; 0 until then */
    DIRECTORY_3 = 32,
    HEADER_BYTES = 40
};

/* What nfdump -I begins with. */
static const char INFORMATION[] = "Ident: ";

/* What is known of a file from its header. */
struct header {
    const char *compression; /* the program that compressed the file, which nfdump cannot read; or NULL */
    bool is_foreign;         /* it does not begin as files of nfdump do */
    int layout;              /* 1: nfdump 1.6 */
    bool is_encrypted;
    bool is_unfinished; /* its collector did not get to close it; nfdump finds no records in it, and no
                         * fault */
};

/* Which program compressed a file that begins with these bytes; NULL: none that is known. */
static const char *
compression_of(const uint8_t begin[4])
{
    static const struct {
        uint8_t begin[4];
        size_t bytes;
        const char *program;
    } known[] = {
        {{0x1f, 0x8b}, 2, "gzip"},
        {{0x28, 0xb5, 0x2f, 0xfd}, 4, "zstd"},
        {{0xfd, '7', 'z', 'X'}, 4, "xz"},
        {{'B', 'Z', 'h'}, 3, "bzip2"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (memcmp(begin, known[i].begin, known[i].bytes) == 0)
            return known[i].program;
    return NULL;
}

static struct header
read_header(const char *path)
{
    uint8_t b[HEADER_BYTES] = {0};
    struct header header = {.layout = 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1)
        return header;
    ssize_t got = io_read_full(fd, b, sizeof b);
    (void)close(fd);
    header.compression = compression_of(b);
    header.is_foreign = get_le16(b + MAGIC) != MAGIC_NUMBER;
    if (got != HEADER_BYTES || header.is_foreign)
        return header;
    header.layout = get_le16(b + LAYOUT);
    header.is_encrypted = header.layout == LAYOUT_OF_1_8 && (get_le32(b + FLAGS_3) & ENCRYPTED_3) != 0;
    header.is_unfinished = (header.layout == LAYOUT_OF_1_7 && get_le64(b + APPENDIX_2) == 0) ||
                           (header.layout == LAYOUT_OF_1_8 && get_le64(b + DIRECTORY_3) == 0);
    return header;
}

/* Finds the number after a label in what nfdump printed. */
static bool
find_number(const char *text, const char *label, uint64_t *number)
{
    const char *p = strstr(text, label);

    return p && sscanf(p + strlen(label), "%" SCNu64, number) == 1;
}

/* Adds what nfdump -I says of a file or of several.  Returns whether it says it. */
static bool
add_totals(struct captures *captures, const char *answer)
{
    uint64_t flows, packets = 0, first, last;

    if (!find_number(answer, "Flows: ", &flows))
        return false;
    (void)find_number(answer, "Packets: ", &packets);
    captures->flows += flows;
    captures->packets += packets;
    if (flows == 0 || !find_number(answer, "First: ", &first) || !find_number(answer, "Last: ", &last))
        return true;
    if ((int64_t)first * 1000 < captures->first)
        captures->first = (int64_t)first * 1000;
    if ((int64_t)last * 1000 > captures->last)
        captures->last = (int64_t)last * 1000;
    return true;
}

/* Asks nfdump what the header of a file promises, and adds it to the totals unless there are none.
 * *flows: the number of records. */
static int
ask_about_file(const struct nfdump *nfdump, const char *path, struct captures *totals, uint64_t *flows,
               struct problem *p)
{
    const char *const arguments[] = {"-I", "-r", path, NULL};
    char answer[NFDUMP_ANSWER_BYTES];

    if (nfdump_ask(nfdump, arguments, INFORMATION, answer, p) == -1)
        return problem_set(p, "%s: %s", path, p->text);
    if (!find_number(answer, "Flows: ", flows) || (totals && !add_totals(totals, answer)))
        return problem_set(p, "%s: nfdump -I does not tell how many flows are in it", path);
    return 0;
}

/* Has nfdump check the structure of a file of layout 3, and the checksums that it may have. */
static int
check_structure(const struct nfdump *nfdump, const char *path, struct problem *p)
{
    const char *const arguments[] = {"-v", "check", "-r", path, NULL};
    char answer[NFDUMP_ANSWER_BYTES];

    if (nfdump_ask(nfdump, arguments, NULL, answer, p) == 0)
        return 0;
    return problem_set(p, "%s: damaged: nfdump -v check tells more (%s)", path, p->text);
}

/* Has nfdump read a whole file and print no record, and compares how many it found with the promised
 * number. */
static int
verify_file(const struct nfdump *nfdump, const char *path, struct problem *p)
{
    const char *const arguments[] = {"-r", path, "-N", "-o", "null", NULL};
    char answer[NFDUMP_ANSWER_BYTES];
    uint64_t promised = 0, found;

    if (ask_about_file(nfdump, path, NULL, &promised, p) == -1)
        return -1;
    /* 1.8.0 calls a file without records damaged. */
    if (promised > 0 && read_header(path).layout == LAYOUT_OF_1_8 &&
        check_structure(nfdump, path, p) == -1)
        return -1;
    if (nfdump_ask(nfdump, arguments, "Summary: ", answer, p) == -1)
        return problem_set(p, "%s: %s", path, p->text);
    if (!find_number(answer, "total flows: ", &found))
        return problem_set(p, "%s: cannot verify: nfdump does not tell how many records it read", path);
    if (found != promised)
        return problem_set(p, "%s: damaged: %" PRIu64 " records instead of %" PRIu64, path, found,
                           promised);
    return 0;
}

/* Checks what needs no nfdump. */
static int
check_file(const struct nfdump *nfdump, const struct file *file, struct problem *p)
{
    if (access(file->path, R_OK) == -1)
        return problem_set_errno(p, "%s", file->path);
    if (file->st.st_size == 0)
        return problem_set(p, "%s: the file is empty: not even a header of nfcapd", file->path);
    const struct header header = read_header(file->path);
    if (header.compression)
        return problem_set(p, "%s: compressed with %s, which nfdump does not read: decompress it first",
                           file->path, header.compression);
    if (header.is_foreign)
        return problem_set(p,
                           "%s: not a file of nfcapd: leave it out with a range of files (-R FIRST:LAST)",
                           file->path);
    if (header.layout == LAYOUT_OF_1_8 && !nfdump_is_since(&nfdump->version, 1, 8, 0))
        return problem_set(p, "%s: written by nfdump 1.8, which is needed to read it (this is %u.%u.%u)",
                           file->path, nfdump->version.major, nfdump->version.minor,
                           nfdump->version.patch);
    if (header.is_encrypted)
        return problem_set(p, "%s: encrypted, which is not supported", file->path);
    if (header.is_unfinished)
        return problem_set(p, "%s: its collector did not close it, so it may lack records", file->path);
    return 0;
}

static int
find_files(struct captures *c, const struct captures_selection *s, struct problem *p)
{
    for (size_t i = 0; i < s->read_count; i++) {
        size_t before = c->files.count;
        if (files_add(&c->files, s->multidir, s->reads[i], p) == -1)
            return -1;
        if (c->files.count == before)
            return problem_set(p, "-R: %s: no capture file in it", s->reads[i]);
    }
    if (files_check_once(&c->files, p) == -1)
        return -1;
    for (size_t i = 0; i < c->files.count; i++)
        if (check_file(c->nfdump, &c->files.file[i], p) == -1)
            return -1;
    return 0;
}

/* Asks nfdump about all files together, one -R after the other. */
static int
ask_about_all(struct captures *c, const struct captures_selection *s, struct problem *p)
{
    for (size_t i = 0; i < s->read_count; i++) {
        const char *const arguments[] = {"-I",        "-R", s->reads[i], s->multidir ? "-M" : NULL,
                                         s->multidir, NULL};
        char answer[NFDUMP_ANSWER_BYTES];
        if (nfdump_ask(c->nfdump, arguments, INFORMATION, answer, p) == -1)
            return problem_set(p, "-R: %s: %s", s->reads[i], p->text);
        if (!add_totals(c, answer))
            return problem_set(p, "-R: %s: nfdump -I does not tell how many flows are in it",
                               s->reads[i]);
    }
    return 0;
}

/* Asks nfdump about each file alone. */
static int
ask_about_each(struct captures *c, struct problem *p)
{
    uint64_t flows;

    for (size_t i = 0; i < c->files.count; i++)
        if (ask_about_file(c->nfdump, c->files.file[i].path, c, &flows, p) == -1)
            return -1;
    return 0;
}

static void
reset_totals(struct captures *c)
{
    c->flows = c->packets = 0;
    c->first = INT64_MAX;
    c->last = INT64_MIN;
}

int
captures_open(struct captures *captures, const struct nfdump *nfdump,
              const struct captures_selection *selection, bool verify, struct problem *p)
{
    struct problem overall;

    *captures = (struct captures){.nfdump = nfdump};
    reset_totals(captures);
    if (find_files(captures, selection, p) == -1)
        return -1;
    if (ask_about_all(captures, selection, &overall) == -1) {
        reset_totals(captures);
        if (ask_about_each(captures, p) == -1)
            return -1;
        *p = overall;
        return -1;
    }
    return verify ? captures_verify(captures, p) : 0;
}

int
captures_verify(const struct captures *captures, struct problem *p)
{
    for (size_t i = 0; i < captures->files.count; i++)
        if (verify_file(captures->nfdump, captures->files.file[i].path, p) == -1)
            return -1;
    return 0;
}

void
captures_release(struct captures *captures)
{
    files_release(&captures->files);
}
