// swift-tools-version: 6.1
import PackageDescription

// One target a module; an arrow goes down only (ARCHITECTURE.md, "Who may import whom"; Tests/imports.sh checks it).
//
// Release builds drop the dynamic exclusivity checks: they cost a third of the interpreter's speed. Debug builds and the
// tests keep them. A section for each function lets the linker drop what is unused and put together what runs at the start.
let optimized: [SwiftSetting] = [
    .unsafeFlags(
        ["-enforce-exclusivity=unchecked", "-Xfrontend", "-function-sections"], .when(configuration: .release))
]

// Two questions of Swift's runtime that take time at every start have answers of our own, and so has the end of memory: see
// Sources/CPlatform/runtime.c.
let wrapped = ["fopen", "swift_copyAuxiliaryExecutablePath", "_ZN5swift28swift_abortAllocationFailureEmm"]

// The functions that run before the first command, and the data that they change, stand side by side in the program (`make
// startup-order` finds them), which saves half of the page faults of a start. Names that are no longer there are passed over.
let ordered: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xlinker", "--no-warn-symbol-ordering",
            "-Xlinker", "--symbol-ordering-file=\(Context.packageDirectory)/Sources/thresh/startup.order",
        ] + wrapped.flatMap { ["-Xlinker", "--wrap=\($0)"] }, .when(configuration: .release))
]

let package = Package(
    name: "thresh",
    products: [.executable(name: "thresh", targets: ["thresh"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0")
    ],
    targets: [
        .executableTarget(
            name: "thresh",
            dependencies: ["Interactive", "Primitives", "Pool", "Shell", "Syntax", "Platform", "Bytes"],
            exclude: ["startup.order"], swiftSettings: optimized, linkerSettings: ordered),
        .target(
            name: "Interactive", dependencies: ["Shell", "Syntax", "Platform", "Bytes", "CReadline"],
            swiftSettings: optimized),
        .target(
            name: "Primitives", dependencies: ["Pool", "Shell", "Syntax", "Platform", "Bytes"],
            swiftSettings: optimized),
        .target(
            name: "Pool",
            dependencies: [
                "Shell", "Syntax", "Platform", "Bytes",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: optimized),
        .target(name: "Shell", dependencies: ["Syntax", "Platform", "Bytes"], swiftSettings: optimized),
        .target(name: "Syntax", dependencies: ["Bytes"], swiftSettings: optimized),
        .target(name: "Platform", dependencies: ["Bytes", "CPlatform"], swiftSettings: optimized),
        .target(name: "Bytes", swiftSettings: optimized),
        .target(name: "CPlatform", cSettings: [.unsafeFlags(["-O2"])]),
        .target(
            name: "CReadline",
            linkerSettings: [.linkedLibrary("readline"), .linkedLibrary("tinfo")]),
        .testTarget(name: "BytesTests", dependencies: ["Bytes"]),
        .testTarget(name: "SyntaxTests", dependencies: ["Syntax", "Bytes"]),
        .testTarget(name: "PlatformTests", dependencies: ["Platform", "Bytes", "CPlatform"]),
        .testTarget(name: "ShellTests", dependencies: ["Shell", "Syntax", "Platform", "Bytes"]),
        .testTarget(
            name: "PrimitivesTests", dependencies: ["Primitives", "Pool", "Shell", "Syntax", "Platform", "Bytes"]),
        .testTarget(name: "PoolTests", dependencies: ["Pool", "Shell", "Syntax", "Platform", "Bytes"]),
    ]
)
