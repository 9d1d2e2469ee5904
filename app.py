"""The ASGI application: pages, media, brand files. Start it with `streamlit run app.py` or `uvicorn app:app`."""

import os
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from streamlit import config

from kaimedia import entry
from kaimedia.ui import first_paint, framework, streamlit_secrets
from kaimedia.ui.components import component_files
from kaimedia.web import framework_files, page_addresses, page_policy
from kaimedia.web.base_path import BasePath, FilesAreNotPages
from kaimedia.web.brand_files import BrandFiles
from kaimedia.web.firewall import Firewall
from kaimedia.web.framework_files import FrameworkFiles
from kaimedia.web.framework_routes import FrameworkRoutes
from kaimedia.web.membership import Membership
from kaimedia.web.mounting import ApiMount
from kaimedia.web.socket_limits import SocketLimits
from kaimedia.web.static_media import MediaFiles
from kaimedia.web.upload_limits import UploadLimits

ROOT = Path(__file__).resolve().parent
MEMBERS = Membership(entry.access, framework.read_sign_in, entry.ended_sign_ins)

# Streamlit searches this file for a literal `app = st.App(...)` without running it.
app = st.App(
    ROOT / "kaimedia" / "ui" / "main.py",
    secrets=streamlit_secrets.rescued(),
    lifespan=entry.lifespan,
    on_script_error=entry.report_error,
    middleware=[
        Middleware(BasePath, base=lambda: config.get_option("server.baseUrlPath")),
        Middleware(
            Firewall,
            access=entry.access,
            address=lambda: st.get_option("server.address"),
            media_origin=entry.media_origin,
        ),
        Middleware(FrameworkRoutes, membership=MEMBERS),
        Middleware(SocketLimits, membership=MEMBERS, sweep=framework.close_ended_sessions),
        Middleware(UploadLimits, membership=MEMBERS, held=framework.held_uploads),
        Middleware(
            MediaFiles,
            files=entry.media_files,
            prompt_of=entry.prompt_of_file,
            is_open_to=entry.media_is_open_to,
            are_open_to_all=entry.media_is_open_to_all,
            are_linked=lambda: entry.media_origin() is not None,
        ),
        Middleware(FilesAreNotPages),
        Middleware(FrameworkFiles, copies=framework_files.installed(entry.data_folder)),
        Middleware(
            first_paint.FirstPaint, script=page_policy.SCRIPT, gallery_window=entry.GalleryWindow(MEMBERS.id_of)
        ),
    ],
    routes=[
        ApiMount("/api", entry.LazyApp(entry.load_api)),
        ApiMount("/v1", entry.LazyApp(entry.load_openai_api)),
        ApiMount("/mcp", entry.LazyApp(entry.load_mcp)),
        ApiMount("/app/gallery", entry.LazyApp(entry.load_gallery_api)),
        Route("/generate", page_addresses.to_first_page),
        Route(f"/{component_files.PREFIX}/{{path:path}}", component_files.serve),
        Mount("/app/static", app=BrandFiles(directory=ROOT / "static")),
    ],
)

if __name__ == "__main__":
    from streamlit import runtime

    if runtime.exists():  # a host that runs this file as a plain page script
        from kaimedia.ui.main import main

        main()
    else:
        app.run(
            config={
                # Streamlit's default is all networks, and `run` does not read STREAMLIT_… variables itself.
                "server.address": os.environ.get("STREAMLIT_SERVER_ADDRESS", "127.0.0.1"),
                "server.port": int(os.environ.get("STREAMLIT_SERVER_PORT", "8501")),
            }
        )
