import MutstreamColumnar

/// Angles in degrees, exact where the result is: PostgreSQL scales so that 30, 45 and 60 degrees come out right.
extension Library {
    static let degreeFunctions: [LibraryEntry] = [
        real("sind", "Sine, in degrees.") { Degrees.checked($0, Degrees.sin) },
        real("cosd", "Cosine, in degrees.") { Degrees.checked($0, Degrees.cos) },
        real("tand", "Tangent, in degrees.") { Degrees.checked($0, Degrees.tan) },
        real("cotd", "Cotangent, in degrees.") { Degrees.checked($0, Degrees.cot) },
        real("asind", "Inverse sine, in degrees.") { x in
            x.magnitude > 1 ? .failure(.inputOutOfRange) : .value(x >= 0 ? Degrees.asin(x) : -Degrees.asin(-x))
        },
        real("acosd", "Inverse cosine, in degrees.") { x in
            x.magnitude > 1 ? .failure(.inputOutOfRange) : .value(x >= 0 ? Degrees.acos(x) : 90 + Degrees.asin(-x))
        },
        real("atand", "Inverse tangent, in degrees.", mayFail: false) { .value(Degrees.atan($0)) },
        LibraryEntry(
            "atan2d", group: .numbers, "Inverse tangent of the first over the second, in degrees.", [.double, .double],
            .double, mayFail: false
        ) { _, _ in
            Kernels.reals { arguments, row in
                .value(Math.atan2(arguments.double(0, row), arguments.double(1, row)) / Degrees.atan1 * 45)
            }
        },
    ]
}

enum Degrees {
    private static let radian = Double.pi / 180
    private static let sin30 = Math.sin(30 * radian)
    private static let oneMinusCos60 = 1 - Math.cos(60 * radian)
    private static let asinHalf = Math.asin(0.5)
    private static let acosHalf = Math.acos(0.5)
    static let atan1 = Math.atan(1)
    private static let tan45 = sinQuadrant(45) / cosQuadrant(45)
    private static let cot45 = cosQuadrant(45) / sinQuadrant(45)

    static func checked(_ x: Double, _ body: (Double) -> Double) -> RowValue<Double> {
        if x.isNaN { return .value(x) }
        if x.isInfinite { return .failure(.inputOutOfRange) }
        return .value(body(x))
    }

    private static func sin30(_ x: Double) -> Double { Math.sin(x * radian) / sin30 / 2 }
    private static func cos60(_ x: Double) -> Double { 1 - (1 - Math.cos(x * radian)) / oneMinusCos60 / 2 }
    private static func sinQuadrant(_ x: Double) -> Double { x <= 30 ? sin30(x) : cos60(90 - x) }
    private static func cosQuadrant(_ x: Double) -> Double { x <= 60 ? cos60(x) : sin30(90 - x) }

    /// The angle folded to 0…180 and the sign that the folding leaves: of the sine, of the cosine's half turns.
    private static func folded(_ x: Double) -> (angle: Double, sign: Double) {
        var angle = x.truncatingRemainder(dividingBy: 360)
        var sign = 1.0
        if angle < 0 {
            angle = -angle
            sign = -sign
        }
        if angle > 180 {
            angle = 360 - angle
            sign = -sign
        }
        return (angle, sign)
    }

    static func sin(_ x: Double) -> Double {
        let (angle, sign) = folded(x)
        return sign * sinQuadrant(angle > 90 ? 180 - angle : angle)
    }

    static func cos(_ x: Double) -> Double {
        let (angle, _) = folded(x)
        return angle > 90 ? -cosQuadrant(180 - angle) : cosQuadrant(angle)
    }

    static func tan(_ x: Double) -> Double {
        var (angle, sign) = folded(x)
        if angle > 90 {
            angle = 180 - angle
            sign = -sign
        }
        let value = sign * (sinQuadrant(angle) / cosQuadrant(angle) / tan45)
        return value == 0 ? 0 : value
    }

    static func cot(_ x: Double) -> Double {
        var (angle, sign) = folded(x)
        if angle > 90 {
            angle = 180 - angle
            sign = -sign
        }
        let value = sign * (cosQuadrant(angle) / sinQuadrant(angle) / cot45)
        return value == 0 ? 0 : value
    }

    static func asin(_ x: Double) -> Double {
        x <= 0.5 ? Math.asin(x) / asinHalf * 30 : 90 - Math.acos(x) / acosHalf * 60
    }

    static func acos(_ x: Double) -> Double {
        x <= 0.5 ? 90 - Math.asin(x) / asinHalf * 30 : Math.acos(x) / acosHalf * 60
    }

    static func atan(_ x: Double) -> Double { Math.atan(x) / atan1 * 45 }
}
