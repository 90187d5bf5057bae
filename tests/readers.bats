# SPDX-License-Identifier: BSD-3-Clause
# Text that ftp-read csvfile understands, and FDS files by way of a stand-in for fdsdump.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME" || return
    : "${BUILD:=$BATS_TEST_DIRNAME/../build}"
    PATH=$BUILD:$BUILD/tests:$PATH
    here=$BATS_TEST_DIRNAME
    cd "$BATS_TEST_TMPDIR" || return
}

header=START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES

text() { printf '%s\n' "$@"; }

# The flows of a text as ftp-write -t flows prints them, without its first and last line.
flows() { ftp-read csvfile -q -f - | rows_of; }
rows_of() { ftp-write -t flows | grep -v '^#'; }

# A text that ftp-read csvfile refuses.
rejected() {
    run -1 sh -c 'ftp-read csvfile "$@" >/dev/null' sh "$@"
}

# Runs ftp-read csvfile on stdin, which has to fail with a message.
refused() { # PART OF THE MESSAGE
    run -1 --separate-stderr bash -c 'ftp-read csvfile -f - >/dev/null'
    [[ $stderr == *"$1"* ]] || {
        echo "$stderr"
        return 1
    }
}

@test "names in any order, more columns than needed, comments, blank lines, CRLF, no last newline" {
    printf '# a remark\r\nX,BYTES,PACKETS,DST_PORT,SRC_PORT,DST_IP,SRC_IP,PROTO,DURATION,START_TIME\r\n\r\n# "one\r\nfoo,300,3,80,1024,192.0.2.2,192.0.2.1,6,0.5,1700000000.25' |
        flows >got
    text 1700000000.250,0.500,6,192.0.2.1,192.0.2.2,1024,80,3,300,0,0 | cmp - got
}

@test "flow text has an end: cut anywhere it is refused, also with -k" {
    text "$header" 1700000000.25,0.5,6,192.0.2.1,192.0.2.2,1024,80,3,300 1700000000.25,0,17,192.0.2.1,192.0.2.2,1,2,3,4 |
        ftp-read csvfile -f - >stream
    ftp-write -t flows <stream >whole
    [ "$(head -n 1 whole)" = "#$header,PACKETS_REV,BYTES_REV" ]
    [ "$(tail -n 1 whole)" = '# end 2' ]
    ftp-read csvfile -f whole | cmp - stream
    sed 's/$/\r/' whole | ftp-read csvfile -f - | cmp - stream
    for n in $(seq 0 $(($(stat -c %s whole) - 1))); do
        head -c "$n" whole >cut
        rejected -k -f cut
    done
    # Only the end line is missing.
    sed '$d' whole >cut
    refused "standard input: line 3: the rows are not followed by the end line ('# end N')" <cut
    [[ $stderr == *"let lines that start with # pass"*"sed '1s/^#//'"* ]]
    [[ $stderr != *$'\n'* ]]
    # The way out that the message names.
    sed '1s/^#//' cut | ftp-read csvfile -f - | cmp - stream
    sed '1s/^#//' whole | ftp-read csvfile -f - | cmp - stream
}

@test "what promises an end, what is an end, and what is a remark" {
    row=1700000000.25,0.5,6,192.0.2.1,192.0.2.2,1024,80,3,300
    text "$header" $row | flows >one
    cat one one >two
    text "#$header" $row '# end 1' | flows | cmp - one
    text '# a remark' "#$header" '' $row '# one more' '# end 99' '# and one' '' | flows | cmp - one
    text "# $header" $row '# end 1' | flows | cmp - one
    text "#$header" $row '# end 1' $row '# end 2' | flows | cmp - two
    text "#$header" '# end 0' | flows | cmp - /dev/null
    for end in '# end' '# end ' '#end 1' '# end x' '# end 1 ' '# End 1' ' # end 1' '## end 1' '# end -1'; do
        text "#$header" $row "$end" >rows
        refused 'line ' <rows
    done
    text "#$header" '# end 0' $row | refused 'line 3: the rows are not followed by the end line'
    text "#$header" | refused 'line 1: the rows are not followed by the end line'
    # Texts one after the other, with their columns in any order; each has an end of its own.
    other='#BYTES,PACKETS,DST_PORT,SRC_PORT,DST_IP,SRC_IP,PROTO,DURATION,START_TIME'
    other_row=300,3,80,1024,192.0.2.2,192.0.2.1,6,0.5,1700000000.25
    text "#$header" $row '# end 1' $other $other_row '# end 1' | flows | cmp - two
    text "#$header" $row $other $other_row '# end 1' | refused 'line 3: the rows are not followed by the end line'
    text "#$header" $row '# end 1' $other $other_row | refused 'line 5: the rows are not followed by the end line'
    # A header without # promises nothing, and what has one after it is a remark.
    text "$header" $row | flows | cmp - one
    text "$header" $row "#$header" $row | flows | cmp - two
    text "$header" $row '# end 7' $row | flows | cmp - two
    # What is not a whole header of flow text is a remark.
    text "#${header%,BYTES}" "##$header" '#ts,te,td' "$header" $row | flows | cmp - one
    text "#$header" $row '#ts,te,td,sa,da,sp,dp,pr,ipkt,ibyt' '# end 1' | flows | cmp - one
}

@test "a failure before a filter of text reaches the end of the pipeline" {
    text "$header" 1700000000.25,0.5,6,192.0.2.1,192.0.2.2,1024,80,3,300 1700000000.25,0,17,192.0.2.1,192.0.2.2,1,53,3,4 |
        ftp-read csvfile -f - >stream
    head -c -10 stream >cut
    echo old >profile.csv
    filtered() {
        ftp-write -t flows <"$1" | awk -F, '/^#/ || ($6 != 53 && $7 != 53)' |
            ftp-read csvfile -f - | ftp-merge | ftp-write -o profile.csv
    }
    run -1 filtered cut
    [ "$(cat profile.csv)" = old ]
    run -0 filtered stream
    [ "$(wc -l <profile.csv)" -eq 2 ]
}

@test "gzipped text, and what is cut off or damaged in it" {
    text "$header" 1700000000.25,0.5,6,192.0.2.1,192.0.2.2,1024,80,3,300 >a
    gzip -k a
    ftp-read csvfile -f a >plain
    ftp-read csvfile -f a.gz | cmp - plain
    size=$(stat -c %s a.gz)
    for n in $(seq 1 $((size - 1))); do
        head -c "$n" a.gz >cut.gz
        rejected -f cut.gz
    done
    (head -c 40 a.gz && printf '\377\377' && tail -c +43 a.gz) >bad.gz
    rejected -f bad.gz
    # Text that only starts as gzip might.
    printf '\037' | refused 'not a header line'
    printf '\037\213' | refused 'the gzip data is cut off'
}

@test "every byte of a gzipped file is part of a good member" {
    row=1700000000.25,0.5,6,192.0.2.1,192.0.2.2,1024,80,3,300
    text "$header" $row | gzip >first.gz
    text $row $row | gzip >second.gz
    gzip </dev/null >empty.gz
    text "$header" $row $row $row | flows >want
    # Members may begin and end anywhere.
    cat first.gz second.gz | flows | cmp - want
    cat empty.gz first.gz empty.gz second.gz empty.gz | flows | cmp - want
    for i in $(seq 1 8); do text "$header" $row $row $row | tail -c +$((i * 5 - 4)) | head -c $((i < 8 ? 5 : 9999)) | gzip; done | flows | cmp - want
    for tail in x '\037' '\037x' '\213\037' '\000\000\000\000' "$row\n"; do
        { cat first.gz && printf "$tail"; } | refused 'what follows the gzip data is not gzip data'
    done
    cat first.gz second.gz >both.gz
    size=$(stat -c %s first.gz)
    for n in $(seq $((size + 1)) $(($(stat -c %s both.gz) - 1))); do
        head -c "$n" both.gz >cut.gz
        rejected -f cut.gz
    done
    # The second member with any one byte changed, but for its time and system (bytes 4 to 9 of its header).
    for n in $(seq 0 $(($(stat -c %s second.gz) - 1))); do
        [ "$n" -lt 4 ] || [ "$n" -gt 9 ] || continue
        perl -0777 -pe "substr(\$_, $size + $n, 1) ^= chr(0xff)" both.gz >bad.gz
        rejected -f bad.gz
    done
}

@test "nfdump -o csv before 1.7.5: 48 columns, names of protocols, summary, whole seconds" {
    zeros=$(printf '0,%.0s' $(seq 30))
    columns=ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb,svln,dvln,ismc,odmc,idmc,osmc,mpls1,mpls2,mpls3,mpls4,mpls5,mpls6,mpls7,mpls8,mpls9,mpls10,cl,sl,al,ra,eng,exid,tr
    row() { echo "2023-11-14 22:13:20,2023-11-14 22:13:21,$1,$2,.A..S.,0,0,$3,0,0,${zeros}127.0.0.1"; }
    text "$columns" "$(row 1.333 10.0.0.1,10.0.0.2,40000,443,TCP 10,1234)" \
        "$(row 0.000 fe80::1,ff02::1,0,32768,ICMP6 2,168)" \
        "$(row 18446744069504644.000 10.0.0.6,10.0.0.7,0,0,253\ \  9,9000)" >rows
    [ "$(sed -n 2p rows | tr -cd , | wc -c)" -eq 47 ] ||
        sed -i '2,$s/$/,0/' rows
    while [ "$(sed -n 2p rows | tr -cd , | wc -c)" -lt 47 ]; do sed -i '2,$s/$/,0/' rows; done
    sed -i 's/127.0.0.1\(\(,0\)*\)$/0\1/' rows
    text Summary flows,bytes,packets,avg_bps,avg_pps,avg_bpp 3,1,1,1,1,1 >>rows
    # The exporter's column has to be an address.
    awk -F, -v OFS=, 'NF == 48 && NR > 1 { $45 = "127.0.0.1" } { print }' rows >classic
    flows <classic >got
    text 1700000000.000,1.333,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0 \
        1700000000.000,0.000,58,fe80::1,ff02::1,0,32768,2,168,0,0 \
        1700000000.000,1.000,253,10.0.0.6,10.0.0.7,0,0,9,9000,0,0 | diff - got
    ftp-read csvfile -v -f classic 2>&1 >/dev/null | grep -q 'whole seconds, of no known time zone'
    # Only the lines of the summary itself are passed over, whatever stands in its place.
    for damage in '/^flows,/d' '/^3,1,1/s/.*/broken/' '/^Summary/d'; do
        sed "$damage" classic >damaged
        status=0
        ftp-read csvfile -f damaged >/dev/null 2>err || status=$?
        [ "$status" -eq 1 ]
        grep -q '^ftp-read: damaged: line [5-7]: ' err
    done
}

@test "nfdump -o csv since 1.7.5, with TYPE.CODE of ICMP" {
    text firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows \
        '2023-11-14 22:13:20.123,1.333,6,10.0.0.1,40000,10.0.0.2,443,10,1234,1' \
        '2023-11-14 22:13:20.143,0.000,1,10.0.0.5,0,10.0.0.4,3.3,1,56,1' 'No matching flows' | flows >got
    text 1700000000.123,1.333,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0 \
        1700000000.143,0.000,1,10.0.0.5,10.0.0.4,0,771,1,56,0,0 | cmp - got
}

@test "nfdump -o csv-fast, whatever is not IP left out" {
    text cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,packets,bytes \
        1,2,1700000000123,1700000001456,6,10.0.0.1,40000,10.0.0.2,443,0,0,4294967295,0,...AP.SF,0,10,1234 \
        2,0,1700000000123,1700000000128,0,garbage,0,,0,0,0,0,0,........,0,1,60 \
        3,10,1700000000133,1700000001133,58,fe80::1,0,ff02::1,32768,0,0,0,0,........,0,2,168 | flows >got
    text 1700000000.123,1.333,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0 \
        1700000000.133,1.000,58,fe80::1,ff02::1,0,32768,2,168,0,0 | cmp - got
}

@test "the same capture through every dialect of the installed nfdump" {
    mkdir capture
    EXPORTER=$BUILD/tests/exporter "$here"/collect.sh capture --sessions 1000 >/dev/null
    ftp-read nffile -R capture | ftp-merge | ftp-write | LC_ALL=C sort >wanted
    export TZ=UTC
    nfdump -q -N -6 -R capture -o 'fmt:%tsr,%td,%pr,%sa,%da,%sp,%dp,%ipkt,%ibyt' '(ipv4 or ipv6)' |
        (echo "$header" && cat) >fmt.csv
    sed -i 's/ //g; s/,\([0-9]*\)\.\([0-9]*\),\([0-9]*\),\([0-9]*\)$/,\1.\2,\3,\4/' fmt.csv
    awk -F, -v OFS=, '{ if (split($7, t, ".") == 2) $7 = t[1] * 256 + t[2]; print }' fmt.csv |
        ftp-read csvfile -f - | ftp-merge | ftp-write | LC_ALL=C sort | cmp - wanted
    nfdump -R capture -o csv >classic.csv
    sums() { awk -F, '$1 ~ /^[0-9]/ { p += $7 + $9; b += $8 + $10 } END { print p, b }'; }
    [ "$(ftp-read csvfile -f classic.csv | ftp-merge | ftp-write | sums)" = "$(sums <wanted)" ]
}

@test "every cell that is not what its column has to be is refused, with line and column" {
    good=1700000000.25,0.5,6,192.0.2.1,192.0.2.2,1024,80,3,300
    for bad in 's/1700000000.25/now/ start' 's/1700000000.25/1e9/ start' 's/0.5/0.5s/ duration' 's/,6,/,256,/ protocol' \
        's/,6,/,TCPX,/ protocol' 's/192.0.2.1/192.0.2.256/ source' 's/192.0.2.2/fe80::g/ destination' \
        's/1024/65536/ source' 's/,80,/,-1,/ destination' 's/,3,/,3.5,/ packets' \
        's/,300/,18446744073709551616/ bytes' 's/192.0.2.1/::1/ family' 's/,300// columns' 's/$/,1/ columns' \
        's/1024/"1024/ quotation'; do
        text "$header" "$good" "$(sed "${bad% *}" <<<"$good")" >rows
        echo "$bad"
        refused "line 3: " <rows
        [[ $stderr == *"${bad##* }"* ]]
    done
}

@test "-k reports the first ten bad rows, counts all, and the trailer carries the count" {
    { text "$header" && seq 1 25 && text 1700000000.25,0.5,6,192.0.2.1,192.0.2.2,1024,80,3,300; } >rows
    run -1 ftp-read csvfile -f rows
    ftp-read csvfile -k -f rows 2>err | ftp-merge -v 2>summary | ftp-write >profile
    [ "$(grep -c 'skipped$' err)" -eq 10 ] || [ "$(grep -c ': skipped' err)" -eq 10 ]
    grep -q '25 rows could not be read and were skipped' err
    grep -qE ' 25 +rows skipped by ftp-read' summary
    [ "$(wc -l <profile)" -eq 2 ]
}

@test "a header that lacks or repeats a column, none at all, an empty file" {
    text "${header%,BYTES}" | refused 'the header lacks the column BYTES'
    text "$header,BYTES" | refused 'the header repeats the column BYTES'
    text 1,2,3 | refused "line 1: '1,2,3' is not a header line of any known format"
    text "$(printf '\033[2Jclear')" | refused "line 1: '?[2Jclear' is not a header line"
    refused 'no header line, the file is empty' </dev/null
    text '# only' '# remarks' | refused 'no header line'
    run -1 --separate-stderr ftp-read csvfile -f nosuch
    [ "$stderr" = 'ftp-read: nosuch: No such file or directory' ]
}

@test "times, counters and ports at their limits survive the way through text" {
    text "$header,PACKETS_REV,BYTES_REV" \
        -9223372036854775.808,18446744073709551.615,255,255.255.255.255,0.0.0.0,65535,0,18446744073709551615,0,0,18446744073709551615 \
        9223372036854775.807,-18446744073709551.615,0,::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,0,65535,1,1,0,0 \
        0.000,0.000,1,::ffff:192.0.2.1,::ffff:192.0.2.2,0,2048,1,1,0,0 >rows
    flows <rows | cmp - <(tail -n +2 rows)
    text "$header" 9223372036854775.808,0,6,::1,::2,1,2,3,4 | refused 'start time'
    text "$header" 9223372036854775.807,0.001,6,::1,::2,1,2,3,4 | refused 'does not fit'
}

fds() { ftp-read fdsfile -n "$here/fake-fdsdump" "$@"; }

@test "fdsfile: biflows as two rows, ICMP without ports, options records left out" {
    text 1700000000000,1700000001000,6,10.0.0.1,10.0.0.2,40000,443,5,500 \
        1700000000010,1700000000990,6,10.0.0.2,10.0.0.1,443,40000,4,4000 ,,,,,,,, \
        1371631556838,1371631559841,1,192.0.2.139,198.51.100.77,,,4,240 >a.fds
    text 1700000003001,1700000003001,17,fe80::1,fe80::2,53,40002,1,99 >'b[1].fds'
    fds -R a.fds -R 'b[1].fds' | rows_of >got
    text 1700000000.000,1.000,6,10.0.0.1,10.0.0.2,40000,443,5,500,0,0 \
        1700000000.010,0.980,6,10.0.0.2,10.0.0.1,443,40000,4,4000,0,0 \
        1371631556.838,3.003,1,192.0.2.139,198.51.100.77,0,0,4,240,0,0 \
        1700000003.001,0.000,17,fe80::1,fe80::2,53,40002,1,99,0,0 | cmp - got
    fds -vv -R '*.fds' 2>&1 >/dev/null | grep -q '"rows":5,"flows":4,"not_ip":1'
    [ "$(fds -c 2 -R a.fds | rows_of | wc -l)" -eq 2 ]
    ftprofiler fdsfile -n "$here/fake-fdsdump" -R a.fds | grep -q '^[0-9]*,[0-9]*,4,6,40000,443,5,500,4,4000$'
}

@test "fdsfile: what fdsdump loses in silence is an error" {
    text 1700000000000,1700000001000,6,10.0.0.1,10.0.0.2,40000,443,5,500 >good.fds
    text "stderr fds_file_open('bad.fds') failed: File header doesn't match - it's not FDS file" >bad.fds
    : >empty.fds
    text ,1700000001000,6,10.0.0.1,10.0.0.2,40000,443,5,500 >untimed.fds
    text 'exit 1' >failing.fds
    mkdir directory.fds
    for pattern in nosuch.fds 'nosuch*' bad.fds empty.fds untimed.fds failing.fds directory.fds '*.fds'; do
        run -1 fds -R good.fds -R "$pattern"
        echo "$pattern: $output"
        [[ $output == *ftp-read:* ]]
    done
    run -1 fds -R good.fds -F 'proto nosuch'
    [[ $output == *'semantic error'* ]]
    run -2 fds
    run -2 ftp-read fdsfile -n '' -R good.fds
    [[ $output == 'ftp-read: -n: '* ]]
    run -1 ftp-read fdsfile -n ./nosuch -R good.fds
    [[ $output == *'cannot run ./nosuch'* ]]
}
