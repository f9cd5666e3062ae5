#include "host/study/initial_store.h"

#include "host/study/settings.h"

#include <cstring>

namespace caviar::study {
namespace {

/// All of a model but its weights, and its preprocessing as text.
struct Card {
    Activation activation = Activation::relu;
    Loss loss = Loss::softmax_cross_entropy;
    Scaling scaling = Scaling::standardize;
    std::vector<std::string> missing;
    std::string note, preprocessing;
};

template <class A, Either<Card> T> void members(A& a, T& c) {
    a("activation", c.activation);
    a("loss", c.loss);
    a("scaling", c.scaling);
    a("missing", c.missing);
    a("note", c.note);
    a("preprocessing", c.preprocessing);
}

template <class T> std::vector<T> values(const Database& db, const char* key) {
    Statement get(db, "SELECT value FROM study WHERE key = ?1");
    get.bind(1, std::string_view(key));
    if (!get.step() || get.blob(0).size() % sizeof(T) != 0) db.damaged(std::string("the model that its trials start from has no ") + key);
    std::vector<T> list(get.blob(0).size() / sizeof(T));
    if (!list.empty()) std::memcpy(list.data(), get.blob(0).data(), get.blob(0).size());
    return list;
}

} // namespace

void write_initial(Database& db, const Model& m) {
    const std::string card = encode(Card{m.activation, m.loss, m.scaling, m.missing, m.note, to_json(m.preprocessing)}).dump();
    Statement put(db, "INSERT INTO study VALUES(?1, ?2)");
    put.bind(1, std::string_view("initial")).bind(2, std::string_view(card)).run();
    put.bind(1, std::string_view("initial_widths_int32")).bind_blob(2, std::as_bytes(std::span(m.weights.widths))).run();
    put.bind(1, std::string_view("initial_values_float32")).bind_blob(2, std::as_bytes(std::span(m.weights.values))).run();
}

std::shared_ptr<const Model> read_initial(const Database& db) {
    Statement get(db, "SELECT value FROM study WHERE key = 'initial'");
    if (!get.step()) return {};
    try {
        Card card;
        decode(Json::parse(get.text(0)), card, "the model that its trials start from");
        auto model = std::make_shared<Model>();
        model->activation = card.activation;
        model->loss = card.loss;
        model->scaling = card.scaling;
        model->missing = std::move(card.missing);
        model->note = std::move(card.note);
        model->preprocessing = preprocessing_from_json(card.preprocessing);
        model->weights = {values<int32_t>(db, "initial_widths_int32"), values<float>(db, "initial_values_float32")};
        return model;
    } catch (const Json::exception& error) {
        db.damaged(error.what());
    } catch (const DataError& error) {
        db.damaged(error.what());
    }
}

} // namespace caviar::study
