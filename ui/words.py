"""Every word that the page and a reply written out show a person, in Indonesian and English.

A word that is missing in one language is a type error; a count is worded by the language itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from rag.ports import Standing
from rag.prompts import REFUSALS
from rag.values import Language, Reason

Counted: TypeAlias = Callable[[int], str]
"""Words around a number: "1 article", "1,204 articles"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's words. A field in braces is filled with ``str.format``."""

    language: Language
    own_name: str
    months: tuple[str, ...]
    language_names: Mapping[Language, str]
    quotation: str

    # The frame of the page.
    tagline: str
    page_language: str
    tab_chat: str
    tab_library: str
    page_is_at: str
    sign_in: str

    # The chat.
    chat: str
    question: str
    question_placeholder: str
    send: str
    stop: str
    new_chat: str
    welcome: str
    welcome_articles: Counted
    welcome_empty: str
    welcome_how_to_add: str

    # What is being done, and how it ended.
    preparing: str
    searching: Counted
    reading: Counted
    writing: str
    stopped: str
    not_found: str
    library_is_empty: str
    why: Mapping[Reason, str]
    add_on_the_page: str
    add_in_the_terminal: str

    # The sources of a reply.
    sources: str
    sources_later: str
    being_read: str
    closest: str
    open_original: str

    # Adding articles.
    add: str
    paste_tab: str
    title: str
    title_placeholder: str
    text: str
    text_placeholder: str
    add_text: str
    files_tab: str
    choose_files: str
    files_hint: str
    address_tab: str
    address: str
    address_placeholder: str
    add_address: str
    adding: str
    became: Mapping[Standing, str]
    failed: str
    nothing_pasted: str
    no_address: str

    # The articles.
    articles: Counted
    article_list: str
    column_title: str
    column_site: str
    column_date: str
    column_language: str
    column_added: str
    delete: str
    delete_this: str
    confirm_delete: str
    really_delete: str
    keep: str
    deleted: str

    # When something goes wrong.
    trouble: str
    unexpected: str

    def day(self, day: date) -> str:
        """A calendar day as it is written in running text: 3 Maret 2026, 3 March 2026."""
        return f"{day.day} {self.months[day.month - 1]} {day.year}"


def _indonesian(words: str) -> Counted:
    """Indonesian counts one and many alike, and groups thousands with full stops."""
    return lambda n: words.format(f"{n:,}".replace(",", "."))


def _english(one: str, many: str) -> Counted:
    return lambda n: one if n == 1 else many.format(f"{n:,}")


INDONESIAN = Words(
    language=Language.INDONESIAN,
    own_name="Indonesia",
    months=tuple(
        "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November "
        "Desember".split()
    ),
    language_names={
        Language.INDONESIAN: "Indonesia",
        Language.ENGLISH: "Inggris",
        Language.UNDETERMINED: "–",
    },
    quotation="“{}”",
    tagline="Ruang baca pribadi. Semuanya tetap di komputer Anda.",
    page_language="Bahasa halaman",
    tab_chat="Tanya jawab",
    tab_library="Perpustakaan",
    page_is_at="Halaman terbuka di {address} (tekan Ctrl+C untuk menutupnya).",
    sign_in="Nama bebas diisi apa saja; kata sandinya yang dipakai saat Kliping dijalankan.",
    chat="Percakapan",
    question="Pertanyaan",
    question_placeholder="Tulis pertanyaan…",
    send="Kirim",
    stop="Hentikan",
    new_chat="Percakapan baru",
    welcome="Apa yang ingin Anda ketahui?",
    welcome_articles=_indonesian(
        "Jawaban disusun hanya dari {} artikel di perpustakaan Anda, lengkap dengan sumbernya."
    ),
    welcome_empty="Perpustakaan Anda masih kosong.",
    welcome_how_to_add=(
        "Tambahkan artikel di tab Perpustakaan: tempel teksnya, pilih berkas, atau isi alamatnya. "
        "Setelah itu, ajukan pertanyaan di sini."
    ),
    preparing="Bersiap…",
    searching=_indonesian("Mencari di {} artikel…"),
    reading=_indonesian("Membaca {} kutipan…"),
    writing="Menulis…",
    stopped="Dihentikan",
    not_found=REFUSALS[Language.INDONESIAN],
    library_is_empty="Perpustakaan Anda masih kosong.",
    why={
        Reason.EMPTY_LIBRARY: "Belum ada artikel yang bisa dibaca.",
        Reason.NOTHING_CLOSE: "Tidak ada kutipan yang membahas pertanyaan ini.",
        Reason.MODEL_REFUSED: "Kutipan terdekat sudah dibaca, tetapi tidak memuat jawabannya.",
        Reason.UNSUPPORTED: (
            "Model menulis jawaban yang tidak didukung kutipan mana pun, jadi tidak ditampilkan."
        ),
    },
    add_on_the_page="Tambahkan artikel di tab Perpustakaan.",
    add_in_the_terminal="Tambahkan artikel dengan perintah `kliping add`.",
    sources="Sumber",
    sources_later="Sumber jawaban akan tampil di sini, dengan kalimat pendukungnya ditandai.",
    being_read="Sedang dibaca",
    closest="Kutipan terdekat",
    open_original="Buka artikel aslinya",
    add="Tambah artikel",
    paste_tab="Tempel teks",
    title="Judul (boleh kosong)",
    title_placeholder="Jika kosong, diambil dari teks",
    text="Teks artikel",
    text_placeholder="Tempel teks artikel di sini…",
    add_text="Tambahkan teks",
    files_tab="Berkas",
    choose_files="Pilih berkas…",
    files_hint="Berkas .txt, .md, atau .html; boleh beberapa sekaligus.",
    address_tab="Alamat web",
    address="Alamat artikel",
    address_placeholder="https://…",
    add_address="Ambil dan tambahkan",
    adding="Membaca dan menambahkan…",
    became={
        Standing.NEW: "Ditambahkan",
        Standing.UNCHANGED: "Sudah ada, tidak berubah",
        Standing.CHANGED: "Diperbarui: teks lama diganti",
        Standing.COPY: "Sudah ada artikel dengan judul dan teks yang sama",
    },
    failed="Gagal ditambahkan",
    nothing_pasted="Belum ada teks. Tempel dulu teks artikelnya.",
    no_address="Belum ada alamat. Isi dulu alamat artikelnya.",
    articles=_indonesian("{} artikel"),
    article_list="Daftar artikel",
    column_title="Judul",
    column_site="Situs",
    column_date="Tanggal",
    column_language="Bahasa",
    column_added="Ditambahkan",
    delete="Hapus",
    delete_this="Hapus “{title}”",
    confirm_delete="Hapus “{title}”? Artikel ini dan semua jejaknya akan hilang untuk selamanya.",
    really_delete="Ya, hapus",
    keep="Batal",
    deleted="“{title}” sudah dihapus.",
    trouble="Ada yang tidak beres",
    unexpected=(
        "Terjadi kesalahan yang tidak terduga. Coba sekali lagi; rinciannya tertulis di terminal "
        "tempat Kliping dijalankan."
    ),
)

ENGLISH = Words(
    language=Language.ENGLISH,
    own_name="English",
    months=tuple(
        "January February March April May June July August September October November "
        "December".split()
    ),
    language_names={
        Language.INDONESIAN: "Indonesian",
        Language.ENGLISH: "English",
        Language.UNDETERMINED: "–",
    },
    quotation="“{}”",
    tagline="A private reading room. Everything stays on your computer.",
    page_language="Page language",
    tab_chat="Ask",
    tab_library="Library",
    page_is_at="The page is open at {address} (press Ctrl+C to close it).",
    sign_in="Any name will do; the password is the one Kliping was started with.",
    chat="Chat",
    question="Question",
    question_placeholder="Write a question…",
    send="Send",
    stop="Stop",
    new_chat="New chat",
    welcome="What would you like to know?",
    welcome_articles=_english(
        "Answers come only from the 1 article in your library, with their sources.",
        "Answers come only from the {} articles in your library, with their sources.",
    ),
    welcome_empty="Your library is still empty.",
    welcome_how_to_add=(
        "Add articles in the Library tab: paste a text, choose files, or give an address. "
        "Then ask your question here."
    ),
    preparing="Getting ready…",
    searching=_english("Searching 1 article…", "Searching {} articles…"),
    reading=_english("Reading 1 passage…", "Reading {} passages…"),
    writing="Writing…",
    stopped="Stopped",
    not_found=REFUSALS[Language.ENGLISH],
    library_is_empty="Your library is still empty.",
    why={
        Reason.EMPTY_LIBRARY: "There is no article to read yet.",
        Reason.NOTHING_CLOSE: "No passage is about this question.",
        Reason.MODEL_REFUSED: "The closest passages were read, but the answer is not in them.",
        Reason.UNSUPPORTED: (
            "The model wrote an answer that no passage supports, so it is not shown."
        ),
    },
    add_on_the_page="Add articles in the Library tab.",
    add_in_the_terminal="Add articles with `kliping add`.",
    sources="Sources",
    sources_later="The sources of an answer appear here, the supporting sentence marked.",
    being_read="Being read",
    closest="Closest passages",
    open_original="Open the original article",
    add="Add articles",
    paste_tab="Paste text",
    title="Title (optional)",
    title_placeholder="Taken from the text when left empty",
    text="Text of the article",
    text_placeholder="Paste the text of the article here…",
    add_text="Add the text",
    files_tab="Files",
    choose_files="Choose files…",
    files_hint=".txt, .md or .html files; several at once if you like.",
    address_tab="Web address",
    address="Address of the article",
    address_placeholder="https://…",
    add_address="Fetch and add",
    adding="Reading and adding…",
    became={
        Standing.NEW: "Added",
        Standing.UNCHANGED: "Already there, unchanged",
        Standing.CHANGED: "Updated: the old text was replaced",
        Standing.COPY: "An article with the same title and text is already there",
    },
    failed="Could not be added",
    nothing_pasted="There is no text yet. Paste the text of the article first.",
    no_address="There is no address yet. Fill in the address of the article first.",
    articles=_english("1 article", "{} articles"),
    article_list="List of articles",
    column_title="Title",
    column_site="Site",
    column_date="Date",
    column_language="Language",
    column_added="Added",
    delete="Delete",
    delete_this="Delete “{title}”",
    confirm_delete="Delete “{title}”? The article and every trace of it will be gone for good.",
    really_delete="Yes, delete",
    keep="Cancel",
    deleted="“{title}” was deleted.",
    trouble="Something is not right",
    unexpected=(
        "Something unexpected went wrong. Please try again; the details are in the terminal "
        "Kliping was started from."
    ),
)

WORDS: Mapping[Language, Words] = {
    Language.INDONESIAN: INDONESIAN,
    Language.ENGLISH: ENGLISH,
}
"""The languages that the page speaks."""
