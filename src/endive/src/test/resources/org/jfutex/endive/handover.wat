;; Threads that pass a turn around a ring: a mutex, and a condition variable for each thread.
;; Assemble: wat2wasm --enable-threads handover.wat -o handover.wasm
;;
;;     0         the mutex: 0 free, 1 taken, 2 taken and threads may wait
;;     64        whose turn it is (under the mutex)
;;     68        how often the turn was passed on (under the mutex)
;;     128 + 4i  the condition variable of thread i: counts its signals
(module
  (memory (export "memory") 1 1 shared)

  (func $lock (local $seen i32)
    (local.set $seen (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 1)))
    (if (local.get $seen) (then
      (if (i32.ne (local.get $seen) (i32.const 2)) (then
        (local.set $seen (i32.atomic.rmw.xchg (i32.const 0) (i32.const 2)))))
      (block $mine (loop $again
        (br_if $mine (i32.eqz (local.get $seen)))
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 2) (i64.const -1)))
        (local.set $seen (i32.atomic.rmw.xchg (i32.const 0) (i32.const 2)))
        (br $again))))))

  (func $unlock
    (if (i32.eq (i32.atomic.rmw.xchg (i32.const 0) (i32.const 0)) (i32.const 2)) (then
      (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))))

  (func $word (param $thread i32) (result i32)
    (i32.add (i32.const 128) (i32.shl (local.get $thread) (i32.const 2))))

  ;; Leaves the mutex, waits for a signal, takes the mutex. The count is read under the mutex, so no signal is missed.
  (func $await (param $word i32) (local $count i32)
    (local.set $count (i32.atomic.load (local.get $word)))
    (call $unlock)
    (drop (memory.atomic.wait32 (local.get $word) (local.get $count) (i64.const -1)))
    (call $lock))

  (func $signal (param $word i32)
    (drop (i32.atomic.rmw.add (local.get $word) (i32.const 1)))
    (drop (memory.atomic.notify (local.get $word) (i32.const 1))))

  ;; Takes the turn some times and gives it to the next thread each time.
  (func (export "run") (param $me i32) (param $threads i32) (param $times i32) (local $next i32)
    (local.set $next (i32.rem_u (i32.add (local.get $me) (i32.const 1)) (local.get $threads)))
    (loop $again
      (call $lock)
      (block $turn (loop $not_yet
        (br_if $turn (i32.eq (i32.load (i32.const 64)) (local.get $me)))
        (call $await (call $word (local.get $me)))
        (br $not_yet)))
      (i32.store (i32.const 64) (local.get $next))
      (i32.store (i32.const 68) (i32.add (i32.load (i32.const 68)) (i32.const 1)))
      (call $signal (call $word (local.get $next)))
      (call $unlock)
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times))))

  ;; The three instructions alone.
  (func (export "wait32") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i32 i64 i64) (result i32)
    (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "notify") (param i32 i32) (result i32)
    (memory.atomic.notify (local.get 0) (local.get 1))))
