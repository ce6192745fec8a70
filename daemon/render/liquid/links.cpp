#include "render/liquid/links.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "render/liquid/html.hpp"
#include "render/liquid/parser.hpp"
#include "render/liquid/syntax.hpp"

namespace chapar::liquid {
namespace {

constexpr int most_partial_depth = 16;  // of partials within partials
constexpr std::size_t most_link_paths = 200;

using KnownPath = std::optional<LinkPath>;  // nothing: not known
using PathNames = std::map<std::string_view, KnownPath, std::less<>>;

class LinkWalk {
  public:
    LinkWalk(const Resolver& partials, std::vector<LinkPath>& out) : partials_(partials), out_(out) {}

    void visit(const Body& body) {
        for (const Node* node : body.nodes)
            visit(*node);
    }

  private:
    template <class T>
    static const T& as(const Node& node) {
        return static_cast<const T&>(node);
    }

    void visit(const Node& node) {
        switch (node.kind) {
            case NodeKind::output:
                return output(as<OutputNode>(node));
            case NodeKind::assign:
                names_[as<AssignNode>(node).name] = value_of(as<AssignNode>(node).pipe);
                return;
            case NodeKind::capture:
                visit(as<CaptureNode>(node).body);
                names_[as<CaptureNode>(node).name] = std::nullopt;
                return;
            case NodeKind::branch:
                return branches(as<BranchNode>(node).branches);
            case NodeKind::choice:
                return branches(as<ChoiceNode>(node).branches);
            case NodeKind::loop:
                loop(as<LoopNode>(node).variable, as<LoopNode>(node).collection, as<LoopNode>(node).body);
                return visit(as<LoopNode>(node).otherwise);
            case NodeKind::table:
                return loop(as<TableNode>(node).variable, as<TableNode>(node).collection, as<TableNode>(node).body);
            case NodeKind::include:
            case NodeKind::partial:
                return partial(as<IncludeNode>(node));
            case NodeKind::if_changed:
                return visit(as<BodyNode>(node).body);
            case NodeKind::increment:
            case NodeKind::decrement:
            case NodeKind::text:
            case NodeKind::cycle:
            case NodeKind::jump_out:
            case NodeKind::jump_on:
            case NodeKind::host:
                return;
        }
    }

    void output(const OutputNode& node) {
        if (node.position != Position::url && node.position != Position::url_bare) return;
        auto path = value_of(node.pipe);
        if (!path || out_.size() == most_link_paths || std::ranges::find(out_, *path) != out_.end()) return;
        out_.push_back(std::move(*path));
    }

    void branches(const List<Branch>& all) {
        for (const Branch& branch : all)
            visit(branch.body);
    }

    void loop(std::string_view variable, const Expr* collection, const Body& body) {
        const auto outside = names_;
        names_[variable] = item_of(path_of(collection));
        visit(body);
        names_ = outside;
    }

    void partial(const IncludeNode& node) {
        const bool is_named = node.name != nullptr && node.name->kind == ExprKind::literal;
        if (!is_named || !node.name->literal.is_string() || depth_ == most_partial_depth) return;
        const auto name = node.name->literal.as_string();
        const auto program = partials_(name);
        if (!program || *program == nullptr) return;
        PathNames inside = node.kind == NodeKind::include ? names_ : PathNames();
        if (node.kind == NodeKind::partial) hide_data(inside, **program);
        for (const auto& argument : node.attributes)
            inside[argument.key] = path_of(argument.value);
        if (node.variable != nullptr) {
            auto path = path_of(node.variable);
            inside[node.alias.empty() ? name : node.alias] = node.each ? item_of(std::move(path)) : std::move(path);
        }
        const auto outside = std::exchange(names_, std::move(inside));
        ++depth_;
        visit((*program)->impl().root);
        --depth_;
        names_ = outside;
    }

    /// A partial sees what it is given and nothing else.
    static void hide_data(PathNames& names, const Program& program) {
        for (const auto path : program.variables())
            names[path.substr(0, path.find('.'))] = std::nullopt;
    }

    static KnownPath item_of(KnownPath path) {
        if (path) path->emplace_back();
        return path;
    }

    KnownPath value_of(const Pipe& pipe) const { return pipe.filters.size == 0 ? path_of(pipe.input) : std::nullopt; }

    KnownPath path_of(const Expr* expr) const {
        if (expr == nullptr || expr->kind != ExprKind::lookup || expr->name_expr != nullptr) return std::nullopt;
        const auto known = names_.find(expr->name);
        KnownPath path = known == names_.end() ? KnownPath(LinkPath{std::string(expr->name)}) : known->second;
        for (std::uint32_t i = 0; path && i < expr->step_count; ++i) {
            const Step& step = expr->steps[i];
            if (step.expr != nullptr || step.key.empty()) return std::nullopt;
            if (step.command == Command::first || step.command == Command::last)
                path->emplace_back();
            else
                path->emplace_back(step.key);
        }
        return path;
    }

    const Resolver& partials_;
    std::vector<LinkPath>& out_;
    PathNames names_;
    int depth_ = 0;
};

}  // namespace

std::vector<LinkPath> link_paths(const Program& program, const Resolver& partials) {
    std::vector<LinkPath> out;
    LinkWalk(partials, out).visit(program.impl().root);
    return out;
}

bool is_safe_link(std::string_view text) { return safe_url(text, false); }

}  // namespace chapar::liquid
