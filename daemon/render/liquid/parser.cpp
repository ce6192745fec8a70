#include "render/liquid/parser.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <unordered_set>

#include "render/liquid/scan.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid {

namespace {
constexpr int deepest_block = 100;  // as the reference

/// Names, each once.
class NameSet {
  public:
    bool contains(std::string_view name) const {
        const auto same = [name](std::string_view other) { return same_text(name, other); };
        return more_.empty() ? std::any_of(few_.begin(), few_.end(), same) : more_.contains(name);
    }
    bool insert(std::string_view name) {  // false: it is there
        if (contains(name)) return false;
        if (few_.size() < most_in_a_row) {
            few_.push_back(name);
        } else {
            if (more_.empty()) more_.insert(few_.begin(), few_.end());
            more_.insert(name);
        }
        return true;
    }

  private:
    static constexpr std::size_t most_in_a_row = 24;
    Few<std::string_view, most_in_a_row> few_;
    std::unordered_set<std::string_view> more_;  // all of them, when they are many
};

void find_newlines(std::string_view source, std::vector<std::uint32_t>& out) {
    out.reserve(source.size() / 32 + 8);
    for (auto at = source.find('\n'); at != scan::none; at = source.find('\n', at + 1))
        out.push_back(static_cast<std::uint32_t>(at));
}
}  // namespace

Parser::Parser(Program::Impl& program, const ParseOptions& options)
    : program_(program), mode_(options.mode), html_(options.escape == Escape::html), reader_(tokens_) {
    problem_.name = options.name;
}

bool Parser::fail(std::string message) {
    problem_.code = Code::syntax;
    problem_.message = std::move(message);
    context_.clear();
    problem_.line = line_;
    Node node;
    place(node);
    problem_.column = node.column;
    return false;
}

void Parser::place(Node& node) {
    node.line = line_;
    if (place_ == nullptr) return;
    // Places come in order, so that the lines between them are counted once over the whole template.
    const auto at = static_cast<std::uint32_t>(place_ - program_.source.data());
    while (newlines_before_ < newlines_.size() && newlines_[newlines_before_] < at)
        ++newlines_before_;
    while (newlines_before_ > 0 && newlines_[newlines_before_ - 1] >= at)
        --newlines_before_;
    node.column = static_cast<int>(newlines_before_ == 0 ? at + 1 : at - newlines_[newlines_before_ - 1]);
}

bool Parser::parse() {
    find_newlines(program_.source, newlines_);
    nodes_.reserve(64);
    tokens_.reserve(16);
    seen_.reserve(16);
    Tokenizer tokens(program_.source, newlines_);
    auto body = begin();
    End end;
    while (true) {
        if (!parse_until_tag(body, tokens, end)) return false;
        if (end.at_end) break;
        if (end.name == "else" || end.name == "end")
            return fail("Unexpected outer '" + std::string(end.name) + "' tag");
        return fail("Unknown tag '" + std::string(end.name) + "'");
    }
    html_state();  // what the last text says about an output before it
    program_.root = finish(body);
    collect_variables();
    return true;
}

Body Parser::finish(Building& body) {
    const Body made{list(nodes_.data() + body.first, nodes_.size() - body.first), body.blank};
    nodes_.resize(body.first);
    return made;
}

void Parser::strip_blank(Body& body) {
    const auto dropped = [](const Node* node) { return node->kind == NodeKind::text && node->blank; };
    auto kept = begin();
    std::copy_if(body.nodes.begin(), body.nodes.end(), std::back_inserter(nodes_), std::not_fn(dropped));
    body.nodes = finish(kept).nodes;
}

bool Parser::parse_until_tag(Building& body, Tokenizer& tokens, End& end) {
    line_ = tokens.line();
    return tokens.lines() ? parse_lines(body, tokens, end) : parse_document(body, tokens, end);
}

bool Parser::parse_lines(Building& body, Tokenizer& tokens, End& end) {
    std::string_view token;
    while (tokens.shift(token)) {
        if (!scan::is_blank(token)) {
            const auto start = scan::skip_space(token, 0);
            auto name_end = start;
            if (token[start] == '#') {
                ++name_end;
            } else {
                while (name_end < token.size() && scan::is_word(token[name_end]))
                    ++name_end;
            }
            place_ = token.data() + start;
            if (name_end == start) {
                end = {token, token, false};
                return true;
            }
            const auto name = token.substr(start, name_end - start);
            const auto markup = token.substr(scan::skip_space(token, name_end));
            if (name == "liquid") {
                --line_;
                if (!parse_liquid_tag(body, markup)) return false;
                continue;
            }
            const auto tagged = parse_tag(name, markup, tokens, body);
            if (tagged == Tagged::failed) return false;
            if (tagged == Tagged::unknown) {
                end = {name, markup, false};
                return true;
            }
        }
        line_ = tokens.line();
    }
    end = {{}, {}, true};
    return true;
}

bool Parser::parse_document(Building& body, Tokenizer& tokens, End& end) {
    std::string_view token;
    while (tokens.shift(token)) {
        place_ = token.data();
        if (token.starts_with("{%")) {
            trim(body, token);
            scan::TagParts parts;
            if (!scan::tag_parts(token, parts)) {
                if (!token.ends_with("%}")) {
                    return fail("Tag '" + std::string(token) + "' was not properly terminated with regexp: /\\%\\}/");
                }
                end = {token, token, false};
                return true;
            }
            const auto newlines = [](std::string_view s) {
                return static_cast<int>(std::count(s.begin(), s.end(), '\n'));
            };
            line_ += newlines(parts.before_name) + newlines(parts.after_name);
            place_ = parts.name.data();
            if (parts.name == "liquid") {
                if (!parse_liquid_tag(body, parts.markup)) return false;
                continue;
            }
            const auto tagged = parse_tag(parts.name, parts.markup, tokens, body);
            if (tagged == Tagged::failed) return false;
            if (tagged == Tagged::unknown) {
                end = {parts.name, parts.markup, false};
                return true;
            }
        } else if (token.starts_with("{{")) {
            trim(body, token);
            if (!add_output(body, token)) return false;
        } else {
            add_text(body, token);
        }
        line_ = tokens.line();
    }
    end = {{}, {}, true};
    return true;
}

void Parser::trim(Building& body, std::string_view token) {
    if (token.size() > 2 && token[2] == '-' && body.last_text != nullptr) {
        body.last_text->text = scan::strip_right(body.last_text->text);
    }
    trim_next_ = token.size() > 2 && token[token.size() - 3] == '-';
}

void Parser::add_text(Building& body, std::string_view token) {
    if (trim_next_) token = scan::strip_left(token);
    trim_next_ = false;
    const bool blank = scan::is_blank(token);
    auto* node = make<TextNode>(NodeKind::text, blank);
    node->text = token;
    if (html_) html_state();
    unread_ = html_ ? node : nullptr;
    push(body, node, blank);
    body.last_text = node;
}

void Parser::feed_html(std::string_view literal) {
    if (!html_state_.feed(literal)) return;
    for (const auto& [value, node] : url_outputs_)
        node->position = Position::scheme;
}

void Parser::take_position(Node& node) {
    if (!html_) return;
    auto& state = html_state();
    node.position = state.position();
    state.fed_output();
    if (node.position != Position::url && node.position != Position::url_bare) return;
    if (!url_outputs_.empty() && url_outputs_.back().first != state.value()) url_outputs_.clear();
    url_outputs_.emplace_back(state.value(), &node);
}

bool Parser::add_output(Building& body, std::string_view token) {
    if (!token.ends_with("}}")) {
        return fail("Variable '" + std::string(token) + "' was not properly terminated with regexp: /\\}\\}/");
    }
    std::size_t start = 2, end = token.size() - 2;
    if (start < token.size() && token[start] == '-') ++start;
    if (end > 0 && token[end - 1] == '-') --end;
    auto* node = make<OutputNode>(NodeKind::output, false);
    node->blank = false;
    if (!parse_pipe(end > start ? token.substr(start, end - start) : std::string_view{}, node->pipe)) return false;
    take_position(*node);
    program_.uses_raw = program_.uses_raw || (html_ && node->pipe.raw);
    push(body, node, false);
    return true;
}

bool Parser::parse_liquid_tag(Building& body, std::string_view markup) {
    Tokenizer lines(markup, line_);
    End end;
    if (!parse_lines(body, lines, end)) return false;
    return end.at_end || unknown_tag(end.name, "liquid", "%}");
}

bool Parser::unknown_tag(std::string_view tag, std::string_view block, std::string_view delimiter) {
    const std::string name(tag);
    if (tag == "else") return fail(std::string(block) + " tag does not expect 'else' tag");
    if (tag.starts_with("end")) {
        return fail("'" + name + "' is not a valid delimiter for " + std::string(block) + " tags. use " +
                    std::string(delimiter));
    }
    return fail("Unknown tag '" + name + "'");
}

/// One body of a block: up to its end tag or to a tag the block may know (else, when).
bool Parser::parse_block(Building& body, Tokenizer& tokens, End& end) {
    if (depth_ >= deepest_block) {
        fail("Nesting too deep");
        problem_.code = Code::failed;
        problem_.line = problem_.column = 0;
        return false;
    }
    ++depth_;
    const bool parsed = parse_until_tag(body, tokens, end);
    --depth_;
    return parsed;
}

bool Parser::check_end(std::string_view tag, const End& end, bool& closed) {
    closed = false;
    if (end.at_end) return fail("'" + std::string(tag) + "' tag was never closed");
    closed = end.name.size() == tag.size() + 3 && end.name.starts_with("end") && end.name.substr(3) == tag;
    return true;
}

bool Parser::parse_simple_block(std::string_view tag, Building& body, Tokenizer& tokens) {
    End end;
    bool closed = false;
    if (!parse_block(body, tokens, end) || !check_end(tag, end, closed)) return false;
    return closed || unknown_tag(end.name, tag, "end" + std::string(tag));
}

void Parser::collect_variables() {
    NameSet own, known;
    for (std::string_view name : {"forloop", "tablerowloop", "self"})
        own.insert(name);
    for (const auto name : assigned_)
        own.insert(name);
    program_.variables.reserve(seen_.size());
    for (const auto path : seen_) {
        if (!own.contains(path.substr(0, path.find('.'))) && known.insert(path)) program_.variables.push_back(path);
    }
}

Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Program::~Program() = default;
const std::string& Program::name() const { return impl_->name; }
const std::string& Program::source() const { return impl_->source; }
Mode Program::mode() const { return impl_->mode; }
Escape Program::escape() const { return impl_->escape; }
const std::vector<std::string>& Program::partials() const { return impl_->partials; }
const std::vector<std::string_view>& Program::variables() const { return impl_->variables; }
const std::vector<Program::FilterUse>& Program::filter_uses() const { return impl_->filter_uses; }
bool Program::uses_raw() const { return impl_->uses_raw; }

Outcome<std::shared_ptr<const Program>> parse(std::string_view source, const ParseOptions& options) {
    Problem problem;
    problem.name = options.name;
    if (source.size() > options.max_source_bytes) {
        problem.code = Code::limit;
        problem.message = "the template is longer than " + std::to_string(options.max_source_bytes) + " bytes";
        return std::unexpected(std::move(problem));
    }
    if (!valid_utf8(source)) {
        problem.message = "Invalid template encoding";
        return std::unexpected(std::move(problem));
    }
    auto impl = std::make_unique<Program::Impl>();
    impl->name = options.name;
    impl->source = source;
    impl->mode = options.mode;
    impl->escape = options.escape;
    impl->environment = options.environment;
    Parser parser(*impl, options);
    if (!parser.parse()) return std::unexpected(parser.problem());
    return std::make_shared<const Program>(std::move(impl));
}

}  // namespace chapar::liquid
