#include <climits>

#include "column/ColumnFixture.h"

namespace inferf::test {
namespace {

using HostileArrowTest = ColumnTest;

SchemaSpec schemaOf(const std::string& format) { return {format, "", {}, {}}; }

ArraySpec plainColumn() {
  ArraySpec array;
  array.length = 3;
  array.buffers = {bitsOf("101"), bytesOf(std::vector<int32_t>{1, 2, 3})};
  return array;
}

ArraySpec stringColumn(std::vector<int32_t> offsets, size_t numBytes) {
  ArraySpec array;
  array.length = static_cast<int64_t>(offsets.size()) - 1;
  array.buffers = {std::nullopt, bytesOf(offsets), Bytes(numBytes, uint8_t{'x'})};
  return array;
}

ArraySpec fixedListColumn(int64_t length, int64_t numElements) {
  ArraySpec array;
  array.length = length;
  array.buffers = {std::nullopt};
  ArraySpec child;
  child.length = numElements;
  child.buffers = {std::nullopt, Bytes(static_cast<size_t>(numElements) * 4, 0)};
  array.children = {child};
  return array;
}

SchemaSpec listSchema(const std::string& format, const std::string& element = "f") { return {format, "", {{element, "item", {}, {}}}, {}}; }

SchemaSpec dictionarySchema() { return {"c", "", {}, {schemaOf("u")}}; }

ArraySpec dictionaryColumn(std::vector<int8_t> indices) {
  ArraySpec array;
  array.length = static_cast<int64_t>(indices.size());
  array.buffers = {std::nullopt, bytesOf(indices)};
  array.dictionary = {stringColumn({0, 1, 2}, 2)};
  return array;
}

TEST_F(HostileArrowTest, RejectsMalformedFormats) {
  for (const char* format : {"", "x", "ii", "w:", "w:x", "w:-1", "w:99999999999999999999", "tdX", "ts", "tss", "tsx:", "tDx", "tiX", "t",
                             "d:", "d:1", "d:1,2,3", "d:1,2,128,9", "d:x,2", "d:-1,2"}) {
    SCOPED_TRACE(format);
    expectReadError(INFERF_ERROR_INVALID_DATA, "column 'c' of table 't'", schemaOf(format), {});
  }
  expectReadError(INFERF_ERROR_INVALID_DATA, "format string must", schemaOf(std::string(10000, 'i')), {});
  for (const char* format : {"+w:x", "+w:-3", "+w:"}) {
    expectReadError(INFERF_ERROR_INVALID_DATA, "malformed", listSchema(format), {});
  }
}

TEST_F(HostileArrowTest, RejectsValidFormatsTheEngineDoesNotTake) {
  for (const char* format : {"+s", "+m", "+r", "+ud:1,2", "+vl", "+x"}) {
    expectReadError(INFERF_ERROR_UNSUPPORTED, "Nested columns", schemaOf(format), {});
  }
  for (const char* format : {"+w:0", "+w:1048577", "+w:4611686018427387904"}) {
    expectReadError(INFERF_ERROR_UNSUPPORTED, "out of the supported range", listSchema(format), {});
  }
  expectReadError(INFERF_ERROR_UNSUPPORTED, "out of the supported range", schemaOf("w:0"), {});
  for (const char* element : {"b", "u", "vu", "n", "w:33"}) {
    expectReadError(INFERF_ERROR_UNSUPPORTED, "fixed-width elements", listSchema("+l", element), {});
  }
  expectReadError(INFERF_ERROR_UNSUPPORTED, "Lists of lists", {"+l", "", {listSchema("+l")}, {}}, {});
  expectReadError(INFERF_ERROR_UNSUPPORTED, "Dictionaries of dictionaries", {"c", "", {}, {dictionarySchema()}}, {});
  expectReadError(INFERF_ERROR_UNSUPPORTED, "Dictionaries of nested", {"c", "", {}, {listSchema("+l")}}, {});
}

TEST_F(HostileArrowTest, RejectsBrokenSchemas) {
  const auto tampered = [](std::function<void(ArrowSchema*)> tamper) {
    SchemaSpec schema = schemaOf("i");
    schema.tamper = std::move(tamper);
    return schema;
  };
  expectReadError(INFERF_ERROR_INVALID_DATA, "no format", tampered([](ArrowSchema* s) { s->format = nullptr; }), {});
  expectReadError(INFERF_ERROR_INVALID_DATA, "children", tampered([](ArrowSchema* s) { s->n_children = 1; }), {});
  expectReadError(INFERF_ERROR_INVALID_DATA, "children", tampered([](ArrowSchema* s) { s->n_children = -1; }), {});
  expectReadError(INFERF_ERROR_INVALID_DATA, "released column", tampered([](ArrowSchema* s) { s->release(s); }), {});
  expectReadError(INFERF_ERROR_TYPE_MISMATCH, "lacks a column", tampered([](ArrowSchema* s) { s->name = nullptr; }), {});
  expectReadError(INFERF_ERROR_INVALID_DATA, "must be integers", {"f", "", {}, {schemaOf("u")}}, {});
  expectReadError(INFERF_ERROR_INVALID_DATA, "number of children", schemaOf("+l"), {});
  SchemaSpec list = listSchema("+l");
  list.tamper = [](ArrowSchema* s) { s->children = nullptr; };
  expectReadError(INFERF_ERROR_INVALID_DATA, "NULL child", list, {});
}

TEST_F(HostileArrowTest, RejectsBrokenStreamsAndRecordBatches) {
  const auto expectStreamError = [&](const std::string& text, const std::function<void(StreamSpec&)>& change) {
    StreamSpec spec = oneColumn({"i", "c", {}, {}}, {plainColumn()});
    change(spec);
    expectError(INFERF_ERROR_INVALID_DATA, text, [&] { reader(spec)->readAll(); });
  };
  expectStreamError("must yield structs", [](StreamSpec& s) { s.schema.format = "i"; });
  expectStreamError("must yield structs", [](StreamSpec& s) { s.schema.tamper = [](ArrowSchema* a) { a->format = nullptr; }; });
  expectStreamError("impossible number", [](StreamSpec& s) { s.schema.tamper = [](ArrowSchema* a) { a->n_children = -1; }; });
  expectStreamError("impossible number", [](StreamSpec& s) { s.schema.tamper = [](ArrowSchema* a) { a->n_children = INT64_MAX; }; });
  expectStreamError("impossible number", [](StreamSpec& s) { s.schema.tamper = [](ArrowSchema* a) { a->children = nullptr; }; });
  expectStreamError("released schema", [](StreamSpec& s) { s.schema.tamper = [](ArrowSchema* a) { a->release(a); }; });
  expectStreamError("length", [](StreamSpec& s) { s.batches[0].length = -1; });
  expectStreamError("length", [](StreamSpec& s) { s.batches[0].length = INT64_MAX; });
  expectStreamError("offset", [](StreamSpec& s) { s.batches[0].offset = -1; });
  expectStreamError("offset", [](StreamSpec& s) { s.batches[0].offset = INT64_MAX; });
  expectStreamError("number of columns", [](StreamSpec& s) { s.batches[0].children.push_back(plainColumn()); });
  expectStreamError("list of children", [](StreamSpec& s) { s.batches[0].tamper = [](ArrowArray* a) { a->children = nullptr; }; });
  expectStreamError("number of buffers", [](StreamSpec& s) { s.batches[0].buffers.clear(); });
  expectStreamError("NULL rows", [](StreamSpec& s) { s.batches[0].buffers = {bitsOf("110")}; });
  expectStreamError("NULL rows", [](StreamSpec& s) { s.batches[0].nullCount = 1; });
  expectStreamError("NULL rows", [](StreamSpec& s) { s.batches[0].nullCount = -2; });
  expectStreamError("shorter than its parent", [](StreamSpec& s) { s.batches[0].offset = 1; });

  ArrowArrayStream released{};
  expectError(INFERF_ERROR_INVALID_DATA, "released already", [&] { BatchReader(released, "t", {}, pool_); });
  ArrowArrayStream withoutCallbacks = makeStream({});
  withoutCallbacks.get_next = nullptr;
  expectError(INFERF_ERROR_INVALID_DATA, "lacks get_schema", [&] { BatchReader(withoutCallbacks, "t", {}, pool_); });
}

TEST_F(HostileArrowTest, RejectsBrokenArrays) {
  const auto expectArrayError = [&](const std::string& text, std::function<void(ArrowArray*)> tamper) {
    ArraySpec array = plainColumn();
    array.tamper = std::move(tamper);
    expectReadError(INFERF_ERROR_INVALID_DATA, text, schemaOf("i"), {array});
  };
  expectArrayError("released", [](ArrowArray* a) { a->release(a); });
  expectArrayError("length", [](ArrowArray* a) { a->length = -1; });
  expectArrayError("length", [](ArrowArray* a) { a->length = INT64_MAX; });
  expectArrayError("shorter", [](ArrowArray* a) { a->length = 2; });
  expectArrayError("offset", [](ArrowArray* a) { a->offset = -1; });
  expectArrayError("offset", [](ArrowArray* a) { a->offset = INT64_MAX - 1; });
  expectArrayError("null count", [](ArrowArray* a) { a->null_count = -2; });
  expectArrayError("null count", [](ArrowArray* a) { a->null_count = 4; });
  expectArrayError("no validity bitmap", [](ArrowArray* a) {
    a->null_count = 1;
    a->buffers[0] = nullptr;
  });
  expectArrayError("number of buffers", [](ArrowArray* a) { a->n_buffers = 3; });
  expectArrayError("number of buffers", [](ArrowArray* a) { a->n_buffers = -1; });
  expectArrayError("list of buffers", [](ArrowArray* a) { a->buffers = nullptr; });
  expectArrayError("number of children", [](ArrowArray* a) { a->n_children = 1; });
  expectArrayError("NULL buffer of values", [](ArrowArray* a) { a->buffers[1] = nullptr; });
  ArraySpec unexpectedDictionary = plainColumn();
  unexpectedDictionary.dictionary = {plainColumn()};
  expectReadError(INFERF_ERROR_INVALID_DATA, "a dictionary, unlike", schemaOf("i"), {unexpectedDictionary});
}

TEST_F(HostileArrowTest, RejectsBrokenStringOffsets) {
  expectReadError(INFERF_ERROR_INVALID_DATA, "element 1, offsets 3 and 2", schemaOf("u"), {stringColumn({0, 3, 2, 4}, 4)});
  expectReadError(INFERF_ERROR_INVALID_DATA, "offsets -1 and 2", schemaOf("u"), {stringColumn({-1, 2}, 4)});
  expectReadError(INFERF_ERROR_INVALID_DATA, "offsets 0 and -2147483648", schemaOf("u"), {stringColumn({0, INT32_MIN}, 4)});
  ArraySpec noBytes = stringColumn({0, 2}, 0);
  noBytes.buffers[2] = std::nullopt;
  expectReadError(INFERF_ERROR_INVALID_DATA, "string bytes", schemaOf("u"), {noBytes});
  ArraySpec noOffsets = stringColumn({0, 2}, 2);
  noOffsets.buffers[1] = std::nullopt;
  expectReadError(INFERF_ERROR_INVALID_DATA, "NULL buffer of offsets", schemaOf("u"), {noOffsets});
}

TEST_F(HostileArrowTest, RejectsBrokenLists) {
  const auto expectListError = [&](const std::string& text, std::function<void(ArrowArray*)> tamper) {
    ArraySpec array = fixedListColumn(2, 6);
    array.children[0].tamper = std::move(tamper);
    expectReadError(INFERF_ERROR_INVALID_DATA, text, listSchema("+w:3"), {array});
  };
  expectReadError(INFERF_ERROR_INVALID_DATA, "fewer than its rows need", listSchema("+w:3"), {fixedListColumn(2, 5)});
  expectListError("released", [](ArrowArray* a) { a->release(a); });
  expectListError("out of range", [](ArrowArray* a) { a->length = INT64_MAX; });
  expectListError("out of range", [](ArrowArray* a) { a->offset = INT64_MAX; });
  expectListError("out of range", [](ArrowArray* a) { a->offset = -1; });
  expectListError("list elements", [](ArrowArray* a) { a->buffers[1] = nullptr; });
  expectListError("number of buffers", [](ArrowArray* a) { a->n_buffers = 1; });
  expectListError("no validity bitmap", [](ArrowArray* a) { a->null_count = 2; });
  ArraySpec array = fixedListColumn(2, 6);
  array.tamper = [](ArrowArray* a) { a->children[0]->release(a->children[0]), a->n_children = 0; };
  expectReadError(INFERF_ERROR_INVALID_DATA, "number of children", listSchema("+w:3"), {array});
  // A length that a hostile offset would make overflow when multiplied by the list's bytes.
  array = fixedListColumn(1, 3);
  array.tamper = [](ArrowArray* a) { a->offset = int64_t{1} << 36; };
  expectReadError(INFERF_ERROR_INVALID_DATA, "fewer than its rows need", listSchema("+w:1048576"), {array});

  ArraySpec variable = fixedListColumn(2, 4);
  variable.buffers.push_back(bytesOf(std::vector<int32_t>{0, 2, 5}));
  expectReadError(INFERF_ERROR_INVALID_DATA, "Expected at least: 5, actual: 4", listSchema("+l"), {variable});
  variable.buffers[1] = bytesOf(std::vector<int32_t>{0, 2, 1});
  expectReadError(INFERF_ERROR_INVALID_DATA, "negative or decrease", listSchema("+l"), {variable});
  variable.buffers[1] = bytesOf(std::vector<int64_t>{0, 2, INT64_MAX});
  expectReadError(INFERF_ERROR_INVALID_DATA, "fewer than its rows need", listSchema("+L"), {variable});
}

TEST_F(HostileArrowTest, RejectsBrokenDictionaries) {
  expectReadError(INFERF_ERROR_INVALID_DATA, "row 1. Expected: 0 to 1, actual: 2", dictionarySchema(), {dictionaryColumn({0, 2})});
  expectReadError(INFERF_ERROR_INVALID_DATA, "actual: -1", dictionarySchema(), {dictionaryColumn({-1})});
  ArraySpec array = dictionaryColumn({0});
  array.dictionary.clear();
  expectReadError(INFERF_ERROR_INVALID_DATA, "no dictionary", dictionarySchema(), {array});
  array = dictionaryColumn({0});
  array.dictionary[0].length = 500'000'000'000;
  expectReadError(INFERF_ERROR_INVALID_DATA, "out of range", dictionarySchema(), {array});
  array.dictionary[0].length = int64_t{1} << 32;
  expectReadError(INFERF_ERROR_UNSUPPORTED, "too many values", dictionarySchema(), {array});
  array.dictionary[0].length = -1;
  expectReadError(INFERF_ERROR_INVALID_DATA, "dictionary of column 'c'", dictionarySchema(), {array});
  array = dictionaryColumn({0});
  array.buffers[1] = std::nullopt;
  expectReadError(INFERF_ERROR_INVALID_DATA, "dictionary indices", dictionarySchema(), {array});
}

}  // namespace
}  // namespace inferf::test
