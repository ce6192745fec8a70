#pragma once
// The strict reader of what stands inside tags: tokens, and expressions over them. Internal to the library.

#include <string>
#include <string_view>
#include <vector>

namespace chapar::liquid {

enum class TokenKind : unsigned char {
    id,
    string,
    number,
    comparison,
    open_square,
    close_square,
    open_round,
    close_round,
    colon,
    comma,
    dot,
    dotdot,
    pipe,
    question,
    dash,
    end_of_string
};
std::string_view token_name(TokenKind kind);

struct Token {
    TokenKind kind;
    std::string_view text;
};

/// Reads tokens one after another; each function that can fail answers false and leaves a sentence in error().
class TokenReader {
  public:
    explicit TokenReader(std::vector<Token>& tokens) : tokens_(tokens) {}
    /// Splits `markup`; forgets what was read before.
    bool start(std::string_view markup, bool reject_bare_brackets);

    bool look(TokenKind kind, std::size_t ahead = 0) const {
        return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].kind == kind;
    }
    const Token& take() { return tokens_[at_++]; }
    bool take_if(TokenKind kind) {
        if (!look(kind)) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        if (!look(TokenKind::id) || tokens_[at_].text != word) return false;
        ++at_;
        return true;
    }
    bool expect(TokenKind kind, std::string_view& text);
    bool expect_end() {
        std::string_view ignored;
        return expect(TokenKind::end_of_string, ignored);
    }
    /// An expression; its text is that of its tokens without the space between them: a view of the markup, or, where
    /// there was space, of `joined()`.
    bool expression(std::string_view& text);
    const std::string& error() const { return error_; }

  private:
    bool walk(int depth);
    bool walk_lookups(int depth);
    bool next_token(std::string_view s, std::size_t& at);
    bool fail(std::string sentence) {
        error_ = std::move(sentence);
        return false;
    }
    std::vector<Token>& tokens_;
    std::size_t at_ = 0;
    bool reject_bare_brackets_ = false;
    std::string error_;
    std::string joined_;
};

}  // namespace chapar::liquid
