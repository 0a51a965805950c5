/** Plain counters of what goes in and out, of each partition and of the broker as a whole. */

/** What came in and went out since this process took up the partition, or started. */
export class Traffic {
  bytesIn = 0;
  recordsIn = 0;
  /** Appends that were asked for, refused ones included. */
  produceRequests = 0;
  failedProduceRequests = 0;
  /** To consumers. */
  bytesOut = 0;
  recordsOut = 0;
  /** Reads that consumers were answered, refused ones included. */
  fetchRequests = 0;
  failedFetchRequests = 0;
  /** From the leader. */
  replicationBytesIn = 0;
  /** To followers. */
  replicationBytesOut = 0;
}

/** What a reader got of a partition. */
export interface Delivery {
  readonly bytes: number;
  /** How far the reader got with it, in offsets. */
  readonly records: number;
  readonly isFailure: boolean;
  /** Whether the reader is a follower. */
  readonly isReplica: boolean;
}

/** What happened on a broker, to whichever partition. Those that are gone still count. */
export class BrokerCounters {
  readonly traffic = new Traffic();
  isrShrinks = 0;
  isrExpands = 0;
  failedIsrUpdates = 0;
  /** Produce requests that wait for other replicas or for the disk now. */
  waitingProduces = 0;

  /** An append of a producer succeeded. */
  onAppend(partition: Traffic, bytes: number, records: number): void {
    const { traffic } = this;
    partition.produceRequests++;
    partition.bytesIn += bytes;
    partition.recordsIn += records;
    traffic.produceRequests++;
    traffic.bytesIn += bytes;
    traffic.recordsIn += records;
  }

  /** An append was refused; `partition` is undefined when it is not led here. */
  onRefusedAppend(partition: Traffic | undefined): void {
    this.traffic.produceRequests++;
    this.traffic.failedProduceRequests++;
    if (partition === undefined) return;
    partition.produceRequests++;
    partition.failedProduceRequests++;
  }

  /** A part of a Fetch is answered; `partition` is undefined when it is not here. */
  onRead(partition: Traffic | undefined, delivery: Delivery): void {
    countRead(this.traffic, delivery);
    if (partition !== undefined) countRead(partition, delivery);
  }

  /** A follower took in what its leader sent. */
  onReplicated(partition: Traffic, bytes: number): void {
    partition.replicationBytesIn += bytes;
    this.traffic.replicationBytesIn += bytes;
  }

  /** The in-sync replicas of a partition that is led here are others. */
  onIsr(before: readonly number[], after: readonly number[]): void {
    if (before.some((id) => !after.includes(id))) this.isrShrinks++;
    if (after.some((id) => !before.includes(id))) this.isrExpands++;
  }
}

function countRead(traffic: Traffic, { bytes, records, isFailure, isReplica }: Delivery): void {
  if (isReplica) {
    traffic.replicationBytesOut += bytes;
    return;
  }
  traffic.fetchRequests++;
  if (isFailure) traffic.failedFetchRequests++;
  traffic.bytesOut += bytes;
  traffic.recordsOut += records;
}
