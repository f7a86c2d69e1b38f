import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coefficientOfVariation, halfEven, mean, slope, tidy } from '#lib/projects/numbers'

describe('rounding half to even', () => {
  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [7.4999, 7],
  ])('rounds %d to %d', (value, rounded) => expect(halfEven(value)).toBe(rounded))

  it.each([
    [0.125, 0.12],
    [0.375, 0.38],
    [0.625, 0.62],
    [2.675, 2.67],
    [1.005, 1],
    [0.8, 0.8],
  ])('rounds %d to %d with two decimals', (value, rounded) => expect(halfEven(value, 2)).toBe(rounded))

  it('never moves a value by more than half a step, and is stable', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.integer({ min: 0, max: 4 }),
        (value, decimals) => {
          const rounded = halfEven(value, decimals)
          expect(Math.abs(rounded - value)).toBeLessThanOrEqual(0.5 / 10 ** decimals + 1e-9)
          expect(halfEven(rounded, decimals)).toBe(rounded)
        },
      ),
    )
  })

  it('takes the even neighbour of every tie', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), (n) => {
        expect(Math.abs(halfEven(n + 0.5) % 2)).toBe(0)
      }),
    )
  })
})

describe('statistics', () => {
  it('draws the least-squares line', () => {
    expect(slope([1, 2, 3, 4])).toBe(1)
    expect(slope([10, 9.9, 9.8])).toBe(-0.1)
    expect(slope([5])).toBe(0)
    expect(slope([])).toBe(0)
  })

  it('finds no slope in a constant, and the sign of a line', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: -50, max: 50 }), (n, step) => {
        expect(slope(Array.from({ length: n }, (_, at) => at * step))).toBe(step + 0)
      }),
    )
  })

  it('knows no spread of nothing and of equals', () => {
    expect(coefficientOfVariation([])).toBe(0)
    expect(coefficientOfVariation([3, 3, 3])).toBe(0)
    expect(coefficientOfVariation([0, 6])).toBe(1)
  })

  it('keeps the noise of binary fractions away from thresholds', () => {
    expect(tidy(0.1 + 0.2)).toBe(0.3)
    expect(mean([])).toBe(0)
  })
})
