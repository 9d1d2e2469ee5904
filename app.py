"""The ASGI application: pages, media, brand files. Start it with `streamlit run app.py` or `uvicorn app:app`."""

import os
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from kaimedia import entry
from kaimedia.api import page_addresses, page_policy
from kaimedia.api.base_path import BasePath, FilesAreNotPages
from kaimedia.api.brand_files import BrandFiles
from kaimedia.api.framework_routes import FrameworkRoutes
from kaimedia.api.guard import Guard
from kaimedia.api.membership import Membership
from kaimedia.api.mounting import ApiMount
from kaimedia.api.socket_limits import SocketLimits
from kaimedia.api.upload_limits import UploadLimits
from kaimedia.media.serving import MediaFiles
from kaimedia.ui import component_files, first_paint, framework, shell, streamlit_secrets

ROOT = Path(__file__).resolve().parent
MEMBERS = Membership(entry.access, framework.read_sign_in, entry.ended_sign_ins)

# Streamlit looks for a literal `app = st.App(...)` in this file without running it.
app = st.App(
    ROOT / "kaimedia" / "ui" / "main.py",
    secrets=streamlit_secrets.rescued(),
    lifespan=entry.lifespan,
    on_script_error=shell.told,
    middleware=[
        Middleware(BasePath, base=lambda: st.get_option("server.baseUrlPath")),
        Middleware(Guard, access=entry.access, address=lambda: st.get_option("server.address")),
        Middleware(FrameworkRoutes, membership=MEMBERS),
        Middleware(SocketLimits, membership=MEMBERS, sweep=framework.close_ended_sessions),
        Middleware(UploadLimits, membership=MEMBERS, held=framework.held_uploads),
        Middleware(
            MediaFiles,
            folder=entry.media_folder,
            prompt_of=entry.prompt_of_file,
            is_open_to=entry.media_is_open_to,
        ),
        Middleware(FilesAreNotPages),
        Middleware(first_paint.FirstPaint, script=page_policy.SCRIPT),
    ],
    routes=[
        ApiMount("/api", entry.Late(entry.load_api)),
        ApiMount("/app/gallery", entry.Late(entry.load_feed)),
        Route("/generate", page_addresses.to_first_page),
        Route(f"/{component_files.PREFIX}/{{name}}", component_files.serve),
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
                # Streamlit's own default is every network, and `run` reads no STREAMLIT_… variables by itself.
                "server.address": os.environ.get("STREAMLIT_SERVER_ADDRESS", "127.0.0.1"),
                "server.port": int(os.environ.get("STREAMLIT_SERVER_PORT", "8501")),
            }
        )
