/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cuts a train of packets into flow records, as a flow cache does: a flow ends at its last packet
 * when none came for longer than the inactive timeout, and a flow that has reached the active
 * timeout is exported; the next packet opens a new one. Timers do the exporting, so a record leaves
 * at (last packet + inactive) or (first packet + active), whichever is earlier, whether or not more
 * packets follow.
 */
#include "meter.h"

void
meter_init(struct meter *meter, const struct exporter *exporter, struct flows *flows, struct rng *delays,
           uint32_t key, uint8_t side)
{
    *meter = (struct meter){.exporter = exporter, .flows = flows, .delays = delays};
    meter->record.key = key;
    meter->record.side = side;
}

/* Exports the open flow at `when` (ms from the start of the period) or up to the delay later. */
static int
meter_export(struct meter *meter, uint32_t when)
{
    struct record *record = &meter->record;

    when += rng_between(meter->delays, 0, meter->exporter->delay);
    if (flows_add_record(meter->flows, record, when) == -1)
        return -1;
    record->packets = 0;
    record->bytes = 0;
    record->flags = 0;
    return 0;
}

int
meter_end(struct meter *meter)
{
    uint32_t idle = meter->record.end + meter->exporter->inactive;
    uint32_t active = meter->record.start + meter->exporter->active;

    if (meter->record.packets == 0)
        return 0;
    return meter_export(meter, idle < active ? idle : active);
}

int
meter_evict(struct meter *meter)
{
    if (meter->record.packets == 0)
        return 0;
    return meter_export(meter, meter->record.end);
}

int
meter_packets(struct meter *meter, uint32_t time, uint64_t packets, uint64_t bytes, uint8_t flags)
{
    struct record *record = &meter->record;
    bool timed_out =
        time - record->end > meter->exporter->inactive || time - record->start >= meter->exporter->active;

    if (record->packets > 0 && timed_out && meter_end(meter) == -1)
        return -1;
    if (record->packets == 0)
        record->start = time;
    record->end = time;
    record->packets += packets;
    record->bytes += bytes;
    record->flags |= flags;
    return 0;
}
