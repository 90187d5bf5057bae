/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The names are here and not taken from /etc/services, so that a report is the same on every machine.
 */
#include "names.h"

#include <stddef.h>

struct name {
    unsigned number;
    const char *name;
};

static const struct name protocols[] = {
    {0, "HOPOPT"},      {1, "ICMP"},       {2, "IGMP"},     {4, "IPv4"},        {6, "TCP"},
    {8, "EGP"},         {17, "UDP"},       {41, "IPv6"},    {43, "IPv6-Route"}, {44, "IPv6-Frag"},
    {46, "RSVP"},       {47, "GRE"},       {50, "ESP"},     {51, "AH"},         {58, "ICMPv6"},
    {59, "IPv6-NoNxt"}, {60, "IPv6-Opts"}, {88, "EIGRP"},   {89, "OSPF"},       {94, "IPIP"},
    {97, "EtherIP"},    {103, "PIM"},      {108, "IPComp"}, {112, "VRRP"},      {115, "L2TP"},
    {132, "SCTP"},      {136, "UDPLite"},  {137, "MPLS"},
};

static const struct name ports[] = {
    {20, "ftp-data"},     {21, "ftp"},          {22, "ssh"},           {23, "telnet"},
    {25, "smtp"},         {43, "whois"},        {53, "dns"},           {67, "dhcp"},
    {68, "dhcp"},         {69, "tftp"},         {80, "http"},          {88, "kerberos"},
    {110, "pop3"},        {111, "rpc"},         {119, "nntp"},         {123, "ntp"},
    {135, "msrpc"},       {137, "netbios"},     {138, "netbios"},      {139, "netbios"},
    {143, "imap"},        {161, "snmp"},        {162, "snmp-trap"},    {179, "bgp"},
    {389, "ldap"},        {443, "https"},       {445, "smb"},          {465, "smtps"},
    {500, "ike"},         {514, "syslog"},      {515, "printer"},      {546, "dhcpv6"},
    {547, "dhcpv6"},      {554, "rtsp"},        {587, "submission"},   {631, "ipp"},
    {636, "ldaps"},       {853, "dns-tls"},     {873, "rsync"},        {989, "ftps-data"},
    {990, "ftps"},        {993, "imaps"},       {995, "pop3s"},        {1080, "socks"},
    {1194, "openvpn"},    {1433, "mssql"},      {1521, "oracle"},      {1701, "l2tp"},
    {1723, "pptp"},       {1812, "radius"},     {1813, "radius-acct"}, {1883, "mqtt"},
    {1900, "ssdp"},       {2049, "nfs"},        {2055, "netflow"},     {3128, "proxy"},
    {3306, "mysql"},      {3389, "rdp"},        {3478, "stun"},        {3544, "teredo"},
    {4500, "ipsec-nat"},  {4739, "ipfix"},      {4789, "vxlan"},       {5060, "sip"},
    {5061, "sips"},       {5201, "iperf3"},     {5222, "xmpp"},        {5228, "google-push"},
    {5353, "mdns"},       {5355, "llmnr"},      {5432, "postgresql"},  {5671, "amqps"},
    {5672, "amqp"},       {5900, "vnc"},        {5985, "winrm"},       {6081, "geneve"},
    {6379, "redis"},      {6443, "kubernetes"}, {6667, "irc"},         {6881, "bittorrent"},
    {8080, "http-alt"},   {8443, "https-alt"},  {8883, "mqtts"},       {9092, "kafka"},
    {9100, "printer"},    {9200, "elastic"},    {9418, "git"},         {9995, "netflow"},
    {11211, "memcached"}, {27017, "mongodb"},   {51820, "wireguard"},
};

static const char *
find(const struct name *names, size_t n, unsigned number)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].number == number)
            return names[i].name;
    return "";
}

const char *
name_of_protocol(unsigned number)
{
    return find(protocols, sizeof protocols / sizeof protocols[0], number);
}

const char *
name_of_port(unsigned number)
{
    return number == 0 ? "no port" : find(ports, sizeof ports / sizeof ports[0], number);
}
