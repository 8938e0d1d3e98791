/// How one weight moves when its gradient is known.
///
/// A rule is a value of a few numbers and a slot the state of one weight; ``LinearCore`` is generic over the rule,
/// so that a call is dispatched once and each coordinate's step is inlined.
protocol Optimizer: BitwiseCopyable {
    /// The state of one weight: `Double`s only, all zero before the first step.
    associatedtype Slot: BitwiseCopyable & WeightSlot
    /// The same rule without penalties, for the bias.
    var withoutPenalty: Self { get }
    /// The slope of the squared loss as the rule wants it, from that slope and the squared length of the example.
    func damped(_ slope: Double, squaredLength: Double) -> Double
    /// Moves one weight against its gradient.
    func step(_ slot: inout Slot, gradient: Double)
}

extension Optimizer {
    @inline(__always)
    func damped(_ slope: Double, squaredLength: Double) -> Double { slope }
}

/// The state of one weight.
protocol WeightSlot {
    static var untaught: Self { get }
    var weight: Double { get set }
    /// Whether the state is one that steps can lead to: finite and within the bounds.
    var isSound: Bool { get }
}

/// The greatest magnitude of a raw feature, label, gradient or weight: its square, and sums and products of such
/// squares over any stream, stay finite.
let magnitudeMax = 1e100

/// `x` brought into `-bound...bound`; `x` must be a number.
@inline(__always)
func clamped(_ x: Double, to bound: Double) -> Double {
    x < -bound ? -bound : (x > bound ? bound : x)
}

// MARK: - Stochastic gradient descent

/// Stochastic gradient descent with a constant rate (Robbins and Monro 1951).
///
/// ```
/// w ← w / (1 + η λ₂) − η g
/// ```
///
/// Under the squared loss the slope is divided by 1 + η‖x‖², the implicit step in closed form (Kulis and Bartlett,
/// "Implicit Online Learning", ICML 2010): it cannot overshoot, whatever the scale of the features.
struct SGD: Optimizer {
    struct Slot: BitwiseCopyable, WeightSlot {
        var weight: Double
        static let untaught = Slot(weight: 0)
        var isSound: Bool { weight.magnitude <= magnitudeMax }
    }

    var learningRate: Double
    var l2: Double

    var withoutPenalty: SGD { SGD(learningRate: learningRate, l2: 0) }

    @inline(__always)
    func damped(_ slope: Double, squaredLength: Double) -> Double {
        slope / (1 + learningRate * squaredLength)
    }

    @inline(__always)
    func step(_ slot: inout Slot, gradient: Double) {
        let shrunk = slot.weight / (1 + learningRate * l2)
        slot.weight = clamped(shrunk - learningRate * gradient, to: magnitudeMax)
    }
}

// MARK: - AdaGrad

/// Adaptive gradient descent (Duchi, Hazan and Singer, "Adaptive Subgradient Methods", JMLR 12, 2011).
///
/// ```
/// n ← n + g²        w ← w − η (g + λ₂ w) / √n
/// ```
///
/// A weight whose gradients have all been 0 stays as it is.
struct AdaGrad: Optimizer {
    struct Slot: BitwiseCopyable, WeightSlot {
        var weight: Double
        /// n, the sum of the squared gradients.
        var squares: Double
        static let untaught = Slot(weight: 0, squares: 0)
        var isSound: Bool { weight.magnitude <= magnitudeMax && squares >= 0 && squares.isFinite }
    }

    var learningRate: Double
    var l2: Double

    var withoutPenalty: AdaGrad { AdaGrad(learningRate: learningRate, l2: 0) }

    @inline(__always)
    func step(_ slot: inout Slot, gradient: Double) {
        let penalized = clamped(gradient + l2 * slot.weight, to: magnitudeMax)
        let squares = slot.squares + penalized * penalized
        slot.squares = squares
        let rate = squares > 0 ? learningRate / squares.squareRoot() : 0
        slot.weight = clamped(slot.weight - rate * penalized, to: magnitudeMax)
    }
}

// MARK: - FTRL-proximal

/// Follow the regularised leader, proximal, a learning rate a coordinate (McMahan et al., "Ad Click Prediction: a
/// View from the Trenches", KDD 2013, algorithm 1).
///
/// ```
/// σ ← (√(n + g²) − √n) / α        z ← z + g − σ w        n ← n + g²
/// w ← 0                                                 if |z| ≤ λ₁
///     −(z − sgn(z) λ₁) / ((β + √n) / α + λ₂)            otherwise
/// ```
///
/// The paper computes w from z and n whenever it reads it; here it is kept beside them, as it changes only with them.
struct FTRL: Optimizer {
    struct Slot: BitwiseCopyable, WeightSlot {
        var weight: Double
        var z: Double
        /// n, the sum of the squared gradients.
        var squares: Double
        static let untaught = Slot(weight: 0, z: 0, squares: 0)
        var isSound: Bool {
            weight.magnitude <= magnitudeMax && z.magnitude <= FTRL.leaderMax && squares >= 0 && squares.isFinite
        }
    }

    /// The greatest magnitude of z.
    static let leaderMax = 1e250

    /// 1 / α.
    private var inverseAlpha: Double
    private var beta: Double
    private var l1: Double
    private var l2: Double

    init(alpha: Double, beta: Double, l1: Double, l2: Double) {
        inverseAlpha = 1 / alpha
        self.beta = beta
        self.l1 = l1
        self.l2 = l2
    }

    var withoutPenalty: FTRL {
        var rule = self
        rule.l1 = 0
        rule.l2 = 0
        return rule
    }

    @inline(__always)
    func step(_ slot: inout Slot, gradient: Double) {
        let squares = slot.squares + gradient * gradient
        let root = squares.squareRoot()
        let sigma = (root - slot.squares.squareRoot()) * inverseAlpha
        let z = clamped(slot.z + gradient - sigma * slot.weight, to: Self.leaderMax)
        slot.z = z
        slot.squares = squares
        let excess = z.magnitude - l1
        // With β = λ₂ = 0 and gradients whose squares vanish the divisor is 0: the weight is then the bound.
        let length = excess / ((beta + root) * inverseAlpha + l2)
        slot.weight = excess > 0 ? clamped(z < 0 ? length : -length, to: magnitudeMax) : 0
    }
}
