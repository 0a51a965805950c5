;; The inner loops of snappy and of LZ4's block format. scripts/build_lz77.ts embeds them in lz77_wasm.ts.
;;
;; Memory: the table of positions (2^14 of 16 bits) is at 0; lz77.ts places input and output behind it, each followed
;; by at least 64 bytes that nobody needs, as copies go 16 bytes at a time and may overshoot. All bounds are checked
;; here against the ranges given; what is malformed ends with a code, never with a trap.
(module
  (memory (export "memory") 5)

  ;; Copies $length bytes or up to 15 more; the ranges are apart.
  (func $copy (param $from i32) (param $to i32) (param $length i32)
    (loop $more
      (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (local.set $length (i32.sub (local.get $length) (i32.const 16)))
      (br_if $more (i32.gt_s (local.get $length) (i32.const 0)))))

  ;; Repeats $length bytes, or up to 30 more, that begin $distance before $to.
  (func $repeat (param $to i32) (param $distance i32) (param $length i32) (local $stride i32) (local $end i32)
    (if (i32.lt_u (local.get $distance) (i32.const 16)) (then
      ;; The pattern is laid out byte by byte until it can be copied from 16 or more bytes back.
      (local.set $stride (local.get $distance))
      (loop $widen
        (local.set $stride (i32.add (local.get $stride) (local.get $distance)))
        (br_if $widen (i32.lt_u (local.get $stride) (i32.const 16))))
      (local.set $end (i32.add (local.get $to) (i32.sub (local.get $stride) (local.get $distance))))
      (local.set $length (i32.sub (local.get $length) (i32.sub (local.get $stride) (local.get $distance))))
      (loop $bytes
        (i32.store8 (local.get $to) (i32.load8_u (i32.sub (local.get $to) (local.get $distance))))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (br_if $bytes (i32.lt_u (local.get $to) (local.get $end))))
      (if (i32.le_s (local.get $length) (i32.const 0)) (then (return)))
      (local.set $distance (local.get $stride))))
    (call $copy (i32.sub (local.get $to) (local.get $distance)) (local.get $to) (local.get $length)))

  ;; Where the bytes from $a and from $b on first differ: a position from $b to $end.
  (func $matchEnd (param $a i32) (param $b i32) (param $end i32) (result i32) (local $difference i64)
    (block $short
      (loop $more
        (br_if $short (i32.gt_u (i32.add (local.get $b) (i32.const 8)) (local.get $end)))
        (local.set $difference (i64.xor (i64.load align=1 (local.get $a)) (i64.load align=1 (local.get $b))))
        (if (i64.ne (local.get $difference) (i64.const 0)) (then
          (return (i32.add (local.get $b)
            (i32.wrap_i64 (i64.shr_u (i64.ctz (local.get $difference)) (i64.const 3)))))))
        (local.set $a (i32.add (local.get $a) (i32.const 8)))
        (local.set $b (i32.add (local.get $b) (i32.const 8)))
        (br $more)))
    (block $done
      (loop $bytes
        (br_if $done (i32.ge_u (local.get $b) (local.get $end)))
        (br_if $done (i32.ne (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))))
        (local.set $a (i32.add (local.get $a) (i32.const 1)))
        (local.set $b (i32.add (local.get $b) (i32.const 1)))
        (br $bytes)))
    (local.get $b))

  ;; Where in the table the position of four bytes like those at $at is kept.
  (func $slot (param $at i32) (param $shift i32) (result i32)
    (i32.shl
      (i32.shr_u (i32.mul (i32.load align=1 (local.get $at)) (i32.const 0x9e3779b1)) (local.get $shift))
      (i32.const 1)))

  ;; The next position from $position on whose four bytes were seen before, or 0; $found is then where they were.
  ;; The longer nothing matches, the wider the steps: incompressible input goes by fast. The table is all zeros at
  ;; first, so that an empty slot means $from, which is right as often as any guess.
  (global $found (mut i32) (i32.const 0))
  (func $find (param $position i32) (param $from i32) (param $last i32) (param $shift i32) (result i32)
    (local $misses i32) (local $slot i32) (local $candidate i32)
    (local.set $misses (i32.const 32))
    (loop $next
      (if (i32.gt_s (local.get $position) (local.get $last)) (then (return (i32.const 0))))
      (local.set $slot (call $slot (local.get $position) (local.get $shift)))
      (local.set $candidate (i32.add (local.get $from) (i32.load16_u (local.get $slot))))
      (i32.store16 (local.get $slot) (i32.sub (local.get $position) (local.get $from)))
      (if (i32.ne (i32.load align=1 (local.get $candidate)) (i32.load align=1 (local.get $position))) (then
        (local.set $position (i32.add (local.get $position) (i32.shr_u (local.get $misses) (i32.const 5))))
        (local.set $misses (i32.add (local.get $misses) (i32.const 1)))
        (br $next))))
    (global.set $found (local.get $candidate))
    (local.get $position))

  ;; The rest of an LZ4 length: bytes of 255, then one below.
  (func $lz4WriteLength (param $out i32) (param $rest i32) (result i32)
    (block $done
      (loop $more
        (br_if $done (i32.lt_u (local.get $rest) (i32.const 255)))
        (i32.store8 (local.get $out) (i32.const 255))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (local.set $rest (i32.sub (local.get $rest) (i32.const 255)))
        (br $more)))
    (i32.store8 (local.get $out) (local.get $rest))
    (i32.add (local.get $out) (i32.const 1)))

  ;; A token with its literals; the match's half of the token stays zero.
  (func $lz4WriteLiterals (param $from i32) (param $to i32) (param $out i32) (result i32)
    (local $length i32)
    (local.set $length (i32.sub (local.get $to) (local.get $from)))
    (if (i32.lt_u (local.get $length) (i32.const 15))
      (then
        (i32.store8 (local.get $out) (i32.shl (local.get $length) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (v128.store align=1 (local.get $out) (v128.load align=1 (local.get $from))))
      (else
        (i32.store8 (local.get $out) (i32.const 0xf0))
        (local.set $out (call $lz4WriteLength
          (i32.add (local.get $out) (i32.const 1)) (i32.sub (local.get $length) (i32.const 15))))
        (call $copy (local.get $from) (local.get $out) (local.get $length))))
    (i32.add (local.get $out) (local.get $length)))

  ;; Compresses $from to $to (64 KiB at most) as one LZ4 block at $out and returns where the block ends.
  (func (export "lz4Compress") (param $from i32) (param $to i32) (param $out i32) (param $shift i32) (result i32)
    (local $last i32) (local $position i32) (local $anchor i32) (local $match i32) (local $end i32) (local $token i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.shl (i32.const 2) (i32.sub (i32.const 32) (local.get $shift))))
    ;; The format's rules: the last match begins twelve bytes before the end, the last five bytes are literals.
    (local.set $last (i32.sub (local.get $to) (i32.const 12)))
    (local.set $anchor (local.get $from))
    (local.set $position (i32.add (local.get $from) (i32.const 1)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.tee $position
          (call $find (local.get $position) (local.get $from) (local.get $last) (local.get $shift)))))
        (local.set $match (global.get $found))
        (local.set $end (call $matchEnd
          (i32.add (local.get $match) (i32.const 4)) (i32.add (local.get $position) (i32.const 4))
          (i32.sub (local.get $to) (i32.const 5))))
        (block $begin
          (loop $back
            (br_if $begin (i32.le_u (local.get $position) (local.get $anchor)))
            (br_if $begin (i32.le_u (local.get $match) (local.get $from)))
            (br_if $begin (i32.ne
              (i32.load8_u (i32.sub (local.get $position) (i32.const 1)))
              (i32.load8_u (i32.sub (local.get $match) (i32.const 1)))))
            (local.set $position (i32.sub (local.get $position) (i32.const 1)))
            (local.set $match (i32.sub (local.get $match) (i32.const 1)))
            (br $back)))
        (local.set $token (local.get $out))
        (local.set $out (call $lz4WriteLiterals (local.get $anchor) (local.get $position) (local.get $out)))
        (i32.store16 align=1 (local.get $out) (i32.sub (local.get $position) (local.get $match)))
        (local.set $out (i32.add (local.get $out) (i32.const 2)))
        (local.set $match (i32.sub (i32.sub (local.get $end) (local.get $position)) (i32.const 4)))
        (if (i32.lt_u (local.get $match) (i32.const 15))
          (then
            (i32.store8 (local.get $token) (i32.or (i32.load8_u (local.get $token)) (local.get $match))))
          (else
            (i32.store8 (local.get $token) (i32.or (i32.load8_u (local.get $token)) (i32.const 15)))
            (local.set $out
              (call $lz4WriteLength (local.get $out) (i32.sub (local.get $match) (i32.const 15))))))
        (local.set $anchor (local.get $end))
        (local.set $position (local.get $end))
        (br_if $done (i32.gt_s (local.get $position) (local.get $last)))
        (i32.store16
          (call $slot (i32.sub (local.get $position) (i32.const 2)) (local.get $shift))
          (i32.sub (i32.sub (local.get $position) (i32.const 2)) (local.get $from)))
        (br $next)))
    (call $lz4WriteLiterals (local.get $anchor) (local.get $to) (local.get $out)))

  ;; Decompresses the LZ4 block from $in to $inEnd at $out, not beyond $outEnd; matches may reach back to $history.
  ;; Returns where the output ends, 0 when the block is malformed, 1 when it holds more.
  (func (export "lz4Decompress")
    (param $in i32) (param $inEnd i32) (param $history i32) (param $out i32) (param $outEnd i32) (result i32)
    (local $token i32) (local $length i32) (local $more i32) (local $distance i32)
    (loop $next
      (if (i32.ge_u (local.get $in) (local.get $inEnd)) (then (return (i32.const 0))))
      (local.set $token (i32.load8_u (local.get $in)))
      (local.set $in (i32.add (local.get $in) (i32.const 1)))
      (local.set $length (i32.shr_u (local.get $token) (i32.const 4)))
      (if (i32.eq (local.get $length) (i32.const 15)) (then
        (loop $longer
          (if (i32.ge_u (local.get $in) (local.get $inEnd)) (then (return (i32.const 0))))
          (local.set $more (i32.load8_u (local.get $in)))
          (local.set $in (i32.add (local.get $in) (i32.const 1)))
          (local.set $length (i32.add (local.get $length) (local.get $more)))
          (br_if $longer (i32.eq (local.get $more) (i32.const 255))))))
      (if (i32.gt_u (local.get $length) (i32.sub (local.get $inEnd) (local.get $in))) (then (return (i32.const 0))))
      (if (i32.gt_u (local.get $length) (i32.sub (local.get $outEnd) (local.get $out))) (then (return (i32.const 1))))
      (v128.store align=1 (local.get $out) (v128.load align=1 (local.get $in)))
      (if (i32.gt_u (local.get $length) (i32.const 16)) (then
        (call $copy (i32.add (local.get $in) (i32.const 16)) (i32.add (local.get $out) (i32.const 16))
          (i32.sub (local.get $length) (i32.const 16)))))
      (local.set $in (i32.add (local.get $in) (local.get $length)))
      (local.set $out (i32.add (local.get $out) (local.get $length)))
      (if (i32.eq (local.get $in) (local.get $inEnd)) (then (return (local.get $out))))
      (if (i32.lt_u (i32.sub (local.get $inEnd) (local.get $in)) (i32.const 2)) (then (return (i32.const 0))))
      (local.set $distance (i32.load16_u align=1 (local.get $in)))
      (local.set $in (i32.add (local.get $in) (i32.const 2)))
      ;; A distance of 0 becomes the greatest number here.
      (if (i32.ge_u (i32.sub (local.get $distance) (i32.const 1)) (i32.sub (local.get $out) (local.get $history)))
        (then (return (i32.const 0))))
      (local.set $length (i32.and (local.get $token) (i32.const 15)))
      (if (i32.eq (local.get $length) (i32.const 15)) (then
        (loop $longer
          (if (i32.ge_u (local.get $in) (local.get $inEnd)) (then (return (i32.const 0))))
          (local.set $more (i32.load8_u (local.get $in)))
          (local.set $in (i32.add (local.get $in) (i32.const 1)))
          (local.set $length (i32.add (local.get $length) (local.get $more)))
          (br_if $longer (i32.eq (local.get $more) (i32.const 255))))))
      (local.set $length (i32.add (local.get $length) (i32.const 4)))
      (if (i32.gt_u (local.get $length) (i32.sub (local.get $outEnd) (local.get $out))) (then (return (i32.const 1))))
      (if (i32.and (i32.ge_u (local.get $distance) (i32.const 16)) (i32.le_u (local.get $length) (i32.const 16)))
        (then (v128.store align=1 (local.get $out)
          (v128.load align=1 (i32.sub (local.get $out) (local.get $distance)))))
        (else (call $repeat (local.get $out) (local.get $distance) (local.get $length))))
      (local.set $out (i32.add (local.get $out) (local.get $length)))
      (br $next))
    (i32.const 0))

  (func $snappyWriteLiteral (param $from i32) (param $to i32) (param $out i32) (result i32)
    (local $length i32) (local $less i32)
    (local.set $length (i32.sub (local.get $to) (local.get $from)))
    (if (i32.eqz (local.get $length)) (then (return (local.get $out))))
    (local.set $less (i32.sub (local.get $length) (i32.const 1)))
    (if (i32.lt_u (local.get $less) (i32.const 60))
      (then
        (i32.store8 (local.get $out) (i32.shl (local.get $less) (i32.const 2)))
        (local.set $out (i32.add (local.get $out) (i32.const 1))))
      (else (if (i32.lt_u (local.get $less) (i32.const 256))
        (then
          (i32.store8 (local.get $out) (i32.const 240))
          (i32.store8 offset=1 (local.get $out) (local.get $less))
          (local.set $out (i32.add (local.get $out) (i32.const 2))))
        (else
          (i32.store8 (local.get $out) (i32.const 244))
          (i32.store16 offset=1 align=1 (local.get $out) (local.get $less))
          (local.set $out (i32.add (local.get $out) (i32.const 3)))))))
    (call $copy (local.get $from) (local.get $out) (local.get $length))
    (i32.add (local.get $out) (local.get $length)))

  ;; A copy of at most 64 bytes with its distance in 16 bits.
  (func $snappyWriteLongCopy (param $distance i32) (param $length i32) (param $out i32) (result i32)
    (i32.store8 (local.get $out)
      (i32.or (i32.const 2) (i32.shl (i32.sub (local.get $length) (i32.const 1)) (i32.const 2))))
    (i32.store16 offset=1 align=1 (local.get $out) (local.get $distance))
    (i32.add (local.get $out) (i32.const 3)))

  (func $snappyWriteCopy (param $distance i32) (param $length i32) (param $out i32) (result i32)
    ;; At least four bytes are left for the last copy, so that it can be of the short kind.
    (block $short
      (loop $more
        (br_if $short (i32.le_u (local.get $length) (i32.const 67)))
        (local.set $out (call $snappyWriteLongCopy (local.get $distance) (i32.const 64) (local.get $out)))
        (local.set $length (i32.sub (local.get $length) (i32.const 64)))
        (br $more)))
    (if (i32.gt_u (local.get $length) (i32.const 64)) (then
      (local.set $out (call $snappyWriteLongCopy (local.get $distance) (i32.const 60) (local.get $out)))
      (local.set $length (i32.sub (local.get $length) (i32.const 60)))))
    (if (i32.or (i32.gt_u (local.get $length) (i32.const 11)) (i32.ge_u (local.get $distance) (i32.const 2048)))
      (then (return (call $snappyWriteLongCopy (local.get $distance) (local.get $length) (local.get $out)))))
    (i32.store8 (local.get $out)
      (i32.or (i32.const 1) (i32.or
        (i32.shl (i32.sub (local.get $length) (i32.const 4)) (i32.const 2))
        (i32.shl (i32.shr_u (local.get $distance) (i32.const 8)) (i32.const 5)))))
    (i32.store8 offset=1 (local.get $out) (local.get $distance))
    (i32.add (local.get $out) (i32.const 2)))

  ;; Writes the elements for $from to $to (64 KiB at most) at $out and returns where they end.
  (func (export "snappyCompress") (param $from i32) (param $to i32) (param $out i32) (param $shift i32) (result i32)
    (local $last i32) (local $position i32) (local $anchor i32) (local $match i32) (local $end i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.shl (i32.const 2) (i32.sub (i32.const 32) (local.get $shift))))
    (local.set $last (i32.sub (local.get $to) (i32.const 15)))
    (local.set $anchor (local.get $from))
    (local.set $position (i32.add (local.get $from) (i32.const 1)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.tee $position
          (call $find (local.get $position) (local.get $from) (local.get $last) (local.get $shift)))))
        (local.set $match (global.get $found))
        (local.set $out (call $snappyWriteLiteral (local.get $anchor) (local.get $position) (local.get $out)))
        (local.set $end (call $matchEnd
          (i32.add (local.get $match) (i32.const 4)) (i32.add (local.get $position) (i32.const 4))
          (local.get $to)))
        (local.set $out (call $snappyWriteCopy
          (i32.sub (local.get $position) (local.get $match)) (i32.sub (local.get $end) (local.get $position))
          (local.get $out)))
        (local.set $anchor (local.get $end))
        (local.set $position (local.get $end))
        (br_if $done (i32.gt_s (local.get $position) (local.get $last)))
        (i32.store16
          (call $slot (i32.sub (local.get $position) (i32.const 1)) (local.get $shift))
          (i32.sub (i32.sub (local.get $position) (i32.const 1)) (local.get $from)))
        (br $next)))
    (call $snappyWriteLiteral (local.get $anchor) (local.get $to) (local.get $out)))

  ;; Decompresses the elements from $in to $inEnd at $out; 1 when they give exactly the bytes up to $outEnd, else 0.
  (func (export "snappyDecompress")
    (param $in i32) (param $inEnd i32) (param $out i32) (param $outEnd i32) (result i32)
    (local $history i32) (local $tag i32) (local $kind i32) (local $length i32) (local $distance i32)
    (local.set $history (local.get $out))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $in) (local.get $inEnd)))
        (local.set $tag (i32.load8_u (local.get $in)))
        (local.set $in (i32.add (local.get $in) (i32.const 1)))
        (local.set $kind (i32.and (local.get $tag) (i32.const 3)))
        (local.set $length (i32.add (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 1)))
        (if (i32.eqz (local.get $kind)) (then
          (if (i32.gt_u (local.get $length) (i32.const 60)) (then
            ;; The length less one is in the next one to four bytes.
            (local.set $kind (i32.sub (local.get $length) (i32.const 60)))
            (if (i32.gt_u (local.get $kind) (i32.sub (local.get $inEnd) (local.get $in)))
              (then (return (i32.const 0))))
            (local.set $length (i32.shr_u
              (i32.shl (i32.load align=1 (local.get $in)) (i32.shl (i32.sub (i32.const 4) (local.get $kind)) (i32.const 3)))
              (i32.shl (i32.sub (i32.const 4) (local.get $kind)) (i32.const 3))))
            (if (i32.eq (local.get $length) (i32.const -1)) (then (return (i32.const 0))))
            (local.set $length (i32.add (local.get $length) (i32.const 1)))
            (local.set $in (i32.add (local.get $in) (local.get $kind)))))
          (if (i32.gt_u (local.get $length) (i32.sub (local.get $inEnd) (local.get $in)))
            (then (return (i32.const 0))))
          (if (i32.gt_u (local.get $length) (i32.sub (local.get $outEnd) (local.get $out)))
            (then (return (i32.const 0))))
          (v128.store align=1 (local.get $out) (v128.load align=1 (local.get $in)))
          (if (i32.gt_u (local.get $length) (i32.const 16)) (then
            (call $copy (i32.add (local.get $in) (i32.const 16)) (i32.add (local.get $out) (i32.const 16))
              (i32.sub (local.get $length) (i32.const 16)))))
          (local.set $in (i32.add (local.get $in) (local.get $length)))
          (local.set $out (i32.add (local.get $out) (local.get $length)))
          (br $next)))
        (if (i32.eq (local.get $kind) (i32.const 1))
          (then
            (local.set $length
              (i32.add (i32.and (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 7)) (i32.const 4)))
            (local.set $distance (i32.or
              (i32.shl (i32.and (local.get $tag) (i32.const 0xe0)) (i32.const 3))
              (i32.load8_u (local.get $in))))
            (local.set $in (i32.add (local.get $in) (i32.const 1))))
          (else (if (i32.eq (local.get $kind) (i32.const 2))
            (then
              (local.set $distance (i32.load16_u align=1 (local.get $in)))
              (local.set $in (i32.add (local.get $in) (i32.const 2))))
            (else
              (local.set $distance (i32.load align=1 (local.get $in)))
              (local.set $in (i32.add (local.get $in) (i32.const 4)))))))
        (if (i32.gt_u (local.get $in) (local.get $inEnd)) (then (return (i32.const 0))))
        ;; A distance of 0 becomes the greatest number here.
        (if (i32.ge_u (i32.sub (local.get $distance) (i32.const 1)) (i32.sub (local.get $out) (local.get $history)))
          (then (return (i32.const 0))))
        (if (i32.gt_u (local.get $length) (i32.sub (local.get $outEnd) (local.get $out)))
          (then (return (i32.const 0))))
        (if (i32.and (i32.ge_u (local.get $distance) (i32.const 16)) (i32.le_u (local.get $length) (i32.const 16)))
          (then (v128.store align=1 (local.get $out)
            (v128.load align=1 (i32.sub (local.get $out) (local.get $distance)))))
          (else (call $repeat (local.get $out) (local.get $distance) (local.get $length))))
        (local.set $out (i32.add (local.get $out) (local.get $length)))
        (br $next)))
    (i32.eq (local.get $out) (local.get $outEnd)))
)
