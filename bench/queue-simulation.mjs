/**
 * A discrete-event simulation of a run over a queue: workers that take shards with one ahead, a server and a coordinator that each
 * serve one shard after another, and workers that die and come back. It decides nothing about Blindspot's bits; docs/scale.md
 * says what follows from it.
 */

/** A heap of events, the earliest first; of equal ones, that which came first. */
class Agenda {
  heap = [];
  count = 0;

  add(time, happen) {
    const { heap } = this;
    let at = heap.push({ time, order: this.count++, happen }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[parent])) return;
      [heap[at], heap[parent]] = [heap[parent], heap[at]];
      at = parent;
    }
  }

  next() {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (heap.length > 0 && first) {
      heap[0] = last;
      for (let at = 0; ; ) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        let least = at;
        if (left < heap.length && isBefore(heap[left], heap[least])) least = left;
        if (right < heap.length && isBefore(heap[right], heap[least])) least = right;
        if (least === at) break;
        [heap[at], heap[least]] = [heap[least], heap[at]];
        at = least;
      }
    }
    return first;
  }
}

const isBefore = (a, b) => a.time < b.time || (a.time === b.time && a.order < b.order);

/** Numbers in (0, 1), the same for the same seed.   [Park & Miller 1988] */
export function generator(seed) {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Serves one after another; knows how long it was busy. */
class Server {
  free = 0;
  busy = 0;

  constructor(seconds) {
    this.seconds = seconds;
  }

  /** When what comes now has been served. */
  serve(now) {
    this.free = Math.max(now, this.free) + this.seconds;
    this.busy += this.seconds;
    return this.free;
  }
}

/**
 * How long a run takes, in seconds.
 *
 * @param {object} run
 * @param {readonly number[]} run.shards  seconds that each shard takes a worker, in the order of the queue
 * @param {number} run.workers  threads
 * @param {number} [run.server]  seconds of the server for a shard, half when it is taken, half with its result
 * @param {number} [run.coordinator]  seconds of the coordinator for a result
 * @param {number} [run.start]  seconds before the first shard is in the queue
 * @param {number} [run.failures]  how often a worker dies, times an hour
 * @param {number} [run.lock]  seconds after which the shards of a silent worker go to others, up to twice that
 * @param {number} [run.restart]  seconds until a worker that died is back
 * @param {number} [run.seed]
 */
export function simulate({
  shards,
  workers,
  server = 0,
  coordinator = 0,
  start = 0,
  failures = 0,
  lock = 30,
  restart = 5,
  seed = 0,
}) {
  const agenda = new Agenda();
  const random = generator(seed);
  const redis = new Server(server / 2);
  const collector = new Server(coordinator);
  const pending = shards.map((seconds, shard) => ({ shard, seconds })).reverse(); // the next one stands last
  const crew = Array.from({ length: workers }, () => ({ hand: [], life: 0, isUp: true, coming: 0 }));
  const idle = new Set(crew);
  let left = shards.length;
  let computed = 0;
  let deaths = 0;
  let end = start;

  const take = (worker, now) => {
    while (worker.isUp && worker.hand.length + worker.coming < 2 && pending.length > 0) {
      const shard = pending.pop();
      const { life } = worker;
      worker.coming++;
      agenda.add(redis.serve(now), (later) => {
        if (worker.life !== life) return lose(shard, later);
        worker.coming--;
        worker.hand.push(shard);
        if (worker.hand.length === 1) compute(worker, later);
      });
    }
    if (worker.isUp && worker.hand.length + worker.coming < 2) idle.add(worker);
    else idle.delete(worker);
  };
  const compute = (worker, now) => {
    const { life } = worker;
    const [{ seconds }] = worker.hand;
    agenda.add(now + seconds, (later) => {
      if (worker.life !== life) return;
      worker.hand.shift();
      computed += seconds;
      agenda.add(redis.serve(later), (stored) => {
        agenda.add(collector.serve(stored), (time) => {
          left--;
          end = Math.max(end, time);
        });
      });
      if (worker.hand.length > 0) compute(worker, later);
      take(worker, later);
    });
  };
  const lose = (shard, now) => {
    agenda.add(now + lock * (1 + random()), (later) => {
      pending.push(shard);
      for (const worker of idle) {
        if (pending.length === 0) break;
        take(worker, later);
      }
    });
  };
  const live = (worker, now) => {
    if (failures === 0) return;
    agenda.add(now - (Math.log(random()) * 3600) / failures, (later) => {
      if (left === 0) return;
      deaths++;
      worker.life++;
      worker.isUp = false;
      worker.coming = 0;
      idle.delete(worker);
      for (const shard of worker.hand.splice(0)) lose(shard, later);
      agenda.add(later + restart, (back) => {
        worker.isUp = true;
        take(worker, back);
        live(worker, back);
      });
    });
  };
  for (const worker of crew) {
    agenda.add(start, (now) => take(worker, now));
    live(worker, start);
  }
  for (let event = agenda.next(); event && left > 0; event = agenda.next()) event.happen(event.time);
  const time = end;
  return {
    seconds: time,
    deaths,
    efficiency: shards.reduce((sum, seconds) => sum + seconds, 0) / (workers * time),
    busy: { server: redis.busy / time, coordinator: collector.busy / time, workers: computed / (workers * time) },
  };
}
