/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files that appear together: all of them, or none, whatever fails; and what was there before, as long as
 * the new ones are not on disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileset.h"

enum { FILES = 3 };

static char directory[64];
static struct problem problem;

static int
setup(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/test_fileset.XXXXXX");
    return mkdtemp(directory) && chdir(directory) == 0 && mkdir("sub", 0777) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void
put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* What a file holds, "none" when it is not there. */
static const char *
get(const char *path)
{
    static char text[16];
    FILE *f = fopen(path, "r");

    if (!f)
        return "none";
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    return text;
}

/* How many names there are in the directory and the one below it, hidden ones included. */
static int
count_names(void)
{
    const char *const paths[] = {".", "sub"};
    int n = 0;

    for (int i = 0; i < 2; i++) {
        DIR *d = opendir(paths[i]);
        for (struct dirent *e; d && (e = readdir(d)) != NULL;)
            n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
        if (d)
            (void)closedir(d);
    }
    return n;
}

/* Opens a set and writes its files. */
static void
open_set(struct fileset *s, const char *const names[FILES])
{
    assert_int_equal(fileset_open(s, FILES, &problem), 0);
    for (int i = 0; i < FILES; i++) {
        int fd = fileset_add(s, names[i], &problem);
        assert_true(fd > 2);
        assert_int_equal(write(fd, "new", 3), 3);
    }
}

static void
open_all(struct fileset *s)
{
    open_set(s, (const char *const[]){"a", "b", "sub/c"});
}

static void
expect(const char *a, const char *b, const char *c)
{
    assert_string_equal(get("a"), a);
    assert_string_equal(get("b"), b);
    assert_string_equal(get("sub/c"), c);
}

static void
test_commit(void **state)
{
    struct fileset s;
    struct stat st;

    (void)state;
    put("b", "old");
    open_all(&s);
    expect("none", "old", "none");
    assert_int_equal(fileset_commit(&s, true, &problem), 0);
    expect("new", "new", "new");
    assert_int_equal(count_names(), FILES + 1);
    mode_t mask = umask(0);
    (void)umask(mask);
    assert_int_equal(stat("sub/c", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0666 & ~mask);
}

static void
test_discard(void **state)
{
    struct fileset s;

    (void)state;
    put("a", "old");
    open_all(&s);
    fileset_discard(&s);
    expect("old", "none", "none");
    assert_int_equal(count_names(), 2);
    /* Of a set without files, and of one that is gone. */
    fileset_discard(&s);
    assert_int_equal(fileset_open(&s, 1, &problem), 0);
    assert_int_equal(fileset_commit(&s, true, &problem), 0);
}

static void
test_no_place(void **state)
{
    struct fileset s;

    (void)state;
    put("a", "old");
    open_all(&s);
    /* The last one is put in its place first. */
    assert_int_equal(rmdir("sub"), 0);
    assert_int_equal(fileset_commit(&s, true, &problem), -1);
    assert_string_equal(problem.text, "sub/c: No such file or directory");
    assert_int_equal(count_names(), 0);
}

static void
test_no_place_later(void **state)
{
    struct fileset s;

    (void)state;
    put("b", "old");
    open_set(&s, (const char *const[]){"sub/c", "a", "b"});
    /* When it is found that the first one has no place, the others are in theirs. */
    assert_int_equal(rmdir("sub"), 0);
    assert_int_equal(fileset_commit(&s, true, &problem), -1);
    assert_string_equal(problem.text, "sub/c: No such file or directory");
    assert_int_equal(count_names(), 0);
}

static void
test_old_stays(void **state)
{
    struct fileset s;

    (void)state;
    put("b", "old");
    open_all(&s);
    assert_int_equal(mkdir("a", 0777), 0);
    assert_int_equal(fileset_commit(&s, true, &problem), -1);
    assert_string_equal(problem.text, "a: cannot remove the old file: Is a directory");
    assert_string_equal(get("b"), "old");
    assert_string_equal(get("sub/c"), "none");
    assert_int_equal(count_names(), 3);
}

static void
test_same_name(void **state)
{
    struct fileset s;

    (void)state;
    assert_int_equal(fileset_open(&s, 2, &problem), 0);
    assert_true(fileset_add(&s, "a", &problem) > 2);
    assert_true(fileset_add(&s, "sub/../a", &problem) > 2);
    assert_int_equal(fileset_commit(&s, true, &problem), -1);
    assert_string_equal(problem.text, "a: File exists");
    assert_int_equal(count_names(), 1);
}

static void
test_refused(void **state)
{
    struct fileset s;
    char name[300];

    (void)state;
    assert_int_equal(symlink("nowhere", "link"), 0);
    assert_int_equal(mkfifo("fifo", 0666), 0);
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(fileset_open(&s, 1, &problem), 0);
    assert_int_equal(fileset_add(&s, "sub", &problem), -1);
    assert_string_equal(problem.text, "sub: it exists, and is not a regular file");
    assert_int_equal(fileset_add(&s, "link", &problem), -1);
    assert_int_equal(fileset_add(&s, "fifo", &problem), -1);
    assert_int_equal(fileset_add(&s, name, &problem), -1);
    assert_non_null(strstr(problem.text, "File name too long"));
    assert_int_equal(fileset_add(&s, "none/a", &problem), -1);
    assert_string_equal(problem.text,
                        "none/a: cannot make a file in its directory: No such file or directory");
    fileset_discard(&s);
    assert_int_equal(count_names(), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_discard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_place_later, setup, teardown),
        cmocka_unit_test_setup_teardown(test_old_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };

    return cmocka_run_group_tests_name("fileset", tests, NULL, NULL);
}
