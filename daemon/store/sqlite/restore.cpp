#include "store/sqlite/restore.hpp"

namespace chapar::store::sqlite {

using model::State;

Result<Identity> read_identity(Connection& connection) {
    Statement statement(connection, "SELECT id, mark, journal FROM identity");
    auto rows = statement.query();
    if (!rows.next())
        return connection.fault() != 0 ? Result<Identity>(std::unexpected(connection.error()))
                                       : fail(Code::corrupt, "the store has lost its name (table identity)");
    return Identity{std::string(rows.bytes(0)), rows.integer(1), static_cast<JournalState>(rows.integer(2))};
}

Verdict verdict(const Known& is, const Known& known) {
    const bool may_go = is.state == State::waiting || is.state == State::sending || is.state == State::held;
    const bool is_older = known.attempts > is.attempts;
    if (known.attempts < is.attempts || !may_go) return Verdict::as_it_stands;
    switch (known.state) {
        case State::waiting:
            // Of the same attempt: it waits here too, or a person's `retry` of what is held is not repeated.
            return is_older || is.state == State::sending ? Verdict::again : Verdict::as_it_stands;
        case State::sending:
        case State::held:
            // Of the same attempt: the store knows what it knew then, and asks the class again.
            return is_older || (known.state == State::held && is.state != State::held) ? Verdict::doubt
                                                                                       : Verdict::as_it_stands;
        case State::sent:
        case State::delivered:
        case State::failed:
        case State::expired:
        case State::cancelled:
        case State::suppressed:
        case State::collected:
        case State::blocked_by_operator:
            return Verdict::over;
    }
    return Verdict::as_it_stands;
}

}  // namespace chapar::store::sqlite
