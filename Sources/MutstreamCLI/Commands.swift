import ArgumentParser
import MutstreamEngine
import MutstreamSQL

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find the mistakes of a pipeline; nothing is started.",
        discussion: "Exit code 0: nothing to say against it; 2: it is wrong, and the message says where.")

    @OptionGroup var input: PipelineFile
    @Flag(help: "Print errors as JSON, one object a line.")
    var json = false

    func run() throws {
        let source = try input.read()
        let outside = try Outside.offline()
        do throws(SQLError) {
            let definition = try PipelineDefinition(
                source.text, registry: outside.registry, baseDirectory: input.directory)
            for haste in definition.plan.hastyWatermarks { Terminal.warning(haste) }
            for growth in definition.plan.unboundedState { Terminal.warning(growth) }
            if !json {
                let plan = definition.plan
                Terminal.say(
                    "\(input.file): fine. \(plan.sources.count) sources and tables, \(plan.views.count) views, "
                        + "\(plan.models.count) models, \(plan.sinks.count) sinks")
            }
        } catch {
            Terminal.report(error, source, json: json)
            throw ExitCode(2)
        }
    }
}

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how a pipeline is understood and computed.",
        discussion: """
            STAGES
              ast         the statements as parsed
              plan        relational operators, names resolved, types checked
              optimized   the plan after its rewriting: what each source must deliver, what is shared; {whether rows are
                          only appended or change, their key; what the operator keeps}
              circuit     the operators that run, in their order
            """)

    enum Stage: String, ExpressibleByArgument, CaseIterable { case ast, plan, optimized, circuit }

    @OptionGroup var input: PipelineFile
    @ArgumentParser.Option(help: "One of \(Stage.allCases.map(\.rawValue).joined(separator: ", ")).")
    var stage: Stage = .optimized
    @Flag(help: "Print the operators as one JSON object. Of the stages plan and optimized.")
    var json = false

    func validate() throws {
        if json, stage != .plan, stage != .optimized {
            throw ValidationError("--json is of --stage plan or optimized, found \(stage.rawValue)")
        }
    }

    func run() throws {
        let source = try input.read()
        do throws(SQLError) {
            if json {
                let plan = stage == .plan ? try Compiler.plan(source.text) : try Compiler.optimized(source.text)
                print(PlanPrinter.json(plan), terminator: "")
                return
            }
            switch stage {
            case .ast: print(dump(try Parser.parse(source.text)), terminator: "")
            case .plan: print(PlanPrinter.print(try Compiler.plan(source.text)), terminator: "")
            case .optimized:
                print(PlanPrinter.print(try Compiler.optimized(source.text), showsProperties: true), terminator: "")
            case .circuit:
                print(try Compiler.circuit(try Compiler.optimized(source.text)).text, terminator: "")
            }
        } catch {
            Terminal.report(error, source, json: json)
            throw ExitCode(2)
        }
    }
}

struct Connectors: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the connectors, or show one with its options.")

    @Argument(help: "A connector's name.") var name: String?
    @Flag(help: "Print the reference as Markdown: docs/connectors.md.") var markdown = false

    func run() throws {
        let registry = try Outside.offline().registry
        if markdown {
            print(ConnectorReference(registry).markdown, terminator: "")
        } else if let name {
            guard let entry = registry.entry(name) else {
                let names = registry.entries.map(\.spec.name)
                Terminal.error(
                    "unknown connector '\(name)'",
                    hint: suggestion(for: name, among: names).map { "did you mean '\($0)'?" }
                        ?? "there are: \(names.joined(separator: ", "))")
                throw ExitCode(2)
            }
            print(ConnectorReference(registry).text(entry.spec), terminator: "")
        } else {
            print(ConnectorReference(registry).list, terminator: "")
        }
    }
}
