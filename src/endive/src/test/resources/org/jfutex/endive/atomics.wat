;; The instructions of the threads proposal alone, and a locker and a notifier that use them.
;; Assemble: wat2wasm --enable-threads atomics.wat -o atomics.wasm
(module
  (memory (export "memory") 1 2 shared)

  (func (export "wait32") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i32 i64 i64) (result i32)
    (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait32_at_offset_8") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 offset=8 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "notify") (param i32 i32) (result i32)
    (memory.atomic.notify (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32)
    (memory.grow (local.get 0)))
  (func (export "store") (param i32 i32)
    (i32.atomic.store (local.get 0) (local.get 1)))

  ;; Notifies a word until a waiter was notified.
  (func (export "notify_until_one") (param $word i32)
    (loop $again
      (br_if $again (i32.eqz (memory.atomic.notify (local.get $word) (i32.const 1))))))

  ;; Compare-and-exchange of narrow words. The expected value may have bits that the word cannot hold.
  (func (export "cmpxchg8") (param i32 i32 i32) (result i32)
    (i32.atomic.rmw8.cmpxchg_u (local.get 0) (local.get 1) (local.get 2)))
  (func (export "cmpxchg16") (param i32 i32 i32) (result i32)
    (i32.atomic.rmw16.cmpxchg_u (local.get 0) (local.get 1) (local.get 2)))
  (func (export "cmpxchg32") (param i32 i64 i64) (result i64)
    (i64.atomic.rmw32.cmpxchg_u (local.get 0) (local.get 1) (local.get 2)))

  ;; Adds 1 to a byte, a 16-bit, a 32-bit and a 64-bit word, many times.
  (func (export "add") (param $times i32)
    (loop $again
      (drop (i32.atomic.rmw8.add_u (i32.const 16) (i32.const 1)))
      (drop (i32.atomic.rmw16.add_u (i32.const 18) (i32.const 1)))
      (drop (i32.atomic.rmw.add (i32.const 20) (i32.const 1)))
      (drop (i64.atomic.rmw.add (i32.const 24) (i64.const 1)))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times))))
)
